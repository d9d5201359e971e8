import AssayCore
import Foundation
import Testing

@testable import AssayModels

/// What a hub does not give, and what is not taken from it.
@Suite struct HubRefusalTests {
  private typealias Reply = TestServer.Reply

  private func refusing(_ status: Int, _ code: String? = nil) throws -> TestHub {
    let fault: TestHub.Fault = { _, _, _ in
      Reply(status: status, headers: code.map { ["X-Error-Code": $0] } ?? [:])
    }
    return try TestHub(faults: ["/revision/main": fault])
  }

  @Test func `a gated model says how to get it`() async throws {
    for (status, code) in [(401, "GatedRepo"), (403, "GatedRepo"), (403, nil), (401, nil)] {
      let hub = try refusing(status, code)
      try await hub.expectFailure(
        .forbidden, "gated", hint: "accept the terms on \(hub.hub.address)/owner/model")
      let settings = try hub.settings(["HF_TOKEN": "hf_x"])
      try await hub.expectFailure(
        .forbidden, "the token gives no access", hint: "HF_TOKEN", settings: settings)
    }
    let file: TestHub.Fault = { _, _, _ in
      Reply(status: 403, headers: ["X-Error-Code": "GatedRepo"])
    }
    try await TestHub(faults: ["model.safetensors": file]).expectFailure(.forbidden, "gated")
  }

  @Test func `what does not exist, or is private, is told apart where the hub does`() async throws {
    try await refusing(404).expectFailure(.notFound, "no model 'owner/model'", hint: "private")
    try await refusing(401, "RepoNotFound").expectFailure(.notFound, "no model", hint: "HF_TOKEN")
    try await refusing(404, "RevisionNotFound").expectFailure(.notFound, "no revision 'main'")
    try await TestHub(names: ["config.json", "tokenizer.model", "model.safetensors"])
      .expectFailure(.notFound, "no 'tokenizer.model'")
    try await refusing(418).expectFailure(.io, "418")
  }

  @Test func `a pickle alone is refused with a way to convert it`() async throws {
    for pickle in ["pytorch_model.bin", "model.pt", "consolidated.00.pth"] {
      let hub = try TestHub(names: ["config.json", pickle])
      try await hub.expectFailure(.unsupported, pickle, hint: "save_pretrained")
    }
    try await TestHub(names: ["config.json", "x.gguf"]).expectFailure(
      .notFound, "no model.safetens")
    try await TestHub(names: ["model.safetensors"]).expectFailure(.notFound, "no config.json")
  }

  @Test(arguments: [
    "../escape", "a/../../b", "/etc/passwd", "a//b", "a\\..\\b", "x\ny", "./a", "",
  ])
  func `names that leave the folder stop everything`(_ file: String) async throws {
    let hub = try TestHub(names: ["config.json", "model.safetensors", file])
    try await hub.expectFailure(.corrupt, "leaves its folder")
    #expect(hub.contents.isEmpty)
  }

  @Test func `an index cannot name files elsewhere`() async throws {
    for shard in ["../x.safetensors", "a/b.safetensors", "pytorch_model.bin"] {
      let files = [
        "config.json": Data("{}".utf8),
        "model.safetensors.index.json": Data(#"{"weight_map": {"a": "\#(shard)"}}"#.utf8),
      ]
      try await TestHub(files: files).expectFailure(.corrupt, "names the file")
    }
  }

  @Test func `an answer that is not a hub's is refused`() async throws {
    let page: TestHub.Fault = { _, _, _ in Reply(body: Data("<html>log in</html>".utf8)) }
    try await TestHub(faults: ["/revision/main": page]).expectFailure(
      .corrupt, "not a list of files", hint: "HF_ENDPOINT")
    for etag in [nil, "\"\"", "\"../../x\"", "\"short\""] {
      let fault: TestHub.Fault = { _, _, reply in
        var reply = reply
        reply.headers["ETag"] = etag
        return reply
      }
      try await TestHub(faults: ["config.json": fault]).expectFailure(.corrupt, "no hash")
    }
  }

  @Test func `redirects without end or to other kinds of address are refused`() async throws {
    for (target, text) in [
      ("/api/models/owner/model/revision/main", "without end"), ("file:///etc/passwd", "not safe"),
      ("ftp://127.0.0.1/x", "not safe"),
    ] {
      let fault: TestHub.Fault = { _, _, _ in Reply(status: 307, headers: ["Location": target]) }
      try await TestHub(faults: ["/revision/main": fault]).expectFailure(.corrupt, text)
    }
  }

  @Test func `a repository that moved is followed with the token`() async throws {
    let hub = try TestHub(faults: [
      "/old/model/revision/main": { _, _, _ in
        Reply(status: 307, headers: ["Location": "/api/models/owner/model/revision/main"])
      }
    ])
    try await hub.pull("old/model", hub.settings(["HF_TOKEN": "hf_x"]))
    #expect(hub.hub.log.allSatisfy { $0.headers["authorization"] == "Bearer hf_x" })
  }

  @Test func `settings come from the environment`() throws {
    let home = try HubSettings(environment: ["HF_HOME": "/h", "HF_ENDPOINT": "http://x:1//"])
    #expect(home.cache.root.path == "/h/hub" && home.endpoint == "http://x:1")
    #expect(home.token == nil && !home.isOffline)
    let both = try HubSettings(environment: [
      "HF_HUB_CACHE": "/c", "HF_HOME": "/h", "XDG_CACHE_HOME": "/x", "TRANSFORMERS_OFFLINE": "yes",
    ])
    #expect(both.cache.root.path == "/c" && both.isOffline)
    let shared = try HubSettings(environment: ["XDG_CACHE_HOME": "/x", "HF_HOME": ""])
    #expect(shared.cache.root.path == "/x/huggingface/hub")
    #expect(shared.endpoint == "https://huggingface.co")
    for wrong in ["huggingface.co", "file:///x", "https://", "https://a?b"] {
      expectError(.badInput, "HF_ENDPOINT") {
        _ = try HubSettings(environment: ["HF_ENDPOINT": wrong])
      }
    }
    expectError(.badInput, "HF_TOKEN") {
      _ = try HubSettings(environment: ["HF_TOKEN": "hf_a\r\nX: y"])
    }
  }

  @Test func `the token file is read where no variable is set`() throws {
    let hub = try TestHub()
    try Data("hf_file\n".utf8).write(to: hub.folder.appendingPathComponent("token"))
    #expect(try hub.settings().token == "hf_file")
    #expect(try hub.settings(["HF_TOKEN": "hf_other"]).token == "hf_other")
  }
}
