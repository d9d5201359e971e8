import AssayCore
import Foundation
import Testing

@testable import AssayModels

/// What servers and connections do wrong; each gives the file or an error with a next step.
@Suite struct HubFaultTests {
  private typealias Reply = TestServer.Reply

  @Test func `a connection that is cut goes on where it was`() async throws {
    let hub = try TestHub(storeFaults: [
      "model.safetensors": { _, before, reply in
        var reply = reply
        if before % 2 == 0 { reply.cutAfter = 40_000 }
        return reply
      }
    ])
    let pulled = try await hub.pull()
    try expectWeights(pulled)
    #expect(hub.store.log.compactMap(\.range).contains { $0.lowerBound % 100_000 != 0 })
  }

  @Test func `a connection that brings nothing is given up and tried again`() async throws {
    let hub = try TestHub(storeFaults: [
      "model.safetensors": { _, before, reply in
        var reply = reply
        if before == 3 { reply.stallAfter = 10_000 }
        return reply
      }
    ])
    var settings = try hub.settings()
    settings.stall = .milliseconds(500)
    settings.attempts = 10
    try await expectWeights(hub.pull("owner/model", settings))
    let silent = try TestHub(faults: [
      "/revision/main": { _, _, reply in
        var reply = reply
        reply.stallAfter = 5
        return reply
      }
    ])
    settings = try silent.settings()
    settings.stall = .milliseconds(200)
    try await silent.expectFailure(.io, "nothing arrived", settings: settings)
  }

  @Test(arguments: [429, 500, 502, 503])
  func `a busy server is asked again`(_ status: Int) async throws {
    let busy: TestHub.Fault = { _, before, reply in
      before == 0 ? Reply(status: status, headers: ["Retry-After": "0"]) : reply
    }
    let hub = try TestHub(
      faults: ["/revision/main": busy, "config.json": busy],
      storeFaults: ["model.safetensors": busy])
    try await expectWeights(hub.pull())
    let down = try TestHub(faults: [
      "config.json": { _, _, _ in Reply(status: status) }
    ])
    try await down.expectFailure(.io, "\(status)", hint: "later")
  }

  @Test func `the pause that a server asks for is kept, within reason`() async throws {
    let limited: TestHub.Fault = { _, before, reply in
      before == 0 ? Reply(status: 429, headers: ["Retry-After": "1"]) : reply
    }
    let hub = try TestHub(faults: ["/revision/main": limited])
    let start = ContinuousClock.now
    try await hub.pull()
    #expect(ContinuousClock.now - start >= .seconds(1))
    let strict = try TestHub(faults: [
      "/revision/main": { _, _, _ in Reply(status: 429, headers: ["Retry-After": "86400"]) }
    ])
    try await strict.expectFailure(.io, "wait 86400 seconds")
  }

  @Test func `a server that knows no ranges sends the file whole`() async throws {
    let hub = try TestHub(ignoresRanges: true)
    try await expectWeights(hub.pull())
    let cut = try TestHub(
      ignoresRanges: true,
      storeFaults: [
        "model.safetensors": { request, before, reply in
          var reply = reply
          if before < 6 { reply.cutAfter = 100_000 * (before + 1) }
          return reply
        }
      ])
    try await expectWeights(cut.pull())
    let never = try TestHub(
      ignoresRanges: true,
      storeFaults: [
        "model.safetensors": { _, _, reply in
          var reply = reply
          reply.cutAfter = 5000
          return reply
        }
      ])
    try await never.expectFailure(.io, "tried 4 times")
  }

  @Test func `wrong bytes are deleted and reported`() async throws {
    let wrong: TestHub.Fault = { request, _, reply in
      guard request.method == "GET" else { return reply }
      var reply = reply
      if !reply.body.isEmpty { reply.body[reply.body.count / 2] ^= 1 }
      return reply
    }
    let large = try TestHub(storeFaults: ["model.safetensors": wrong])
    try await large.expectFailure(.integrity, "'model.safetensors' does not have the hash")
    #expect(!large.contents.contains { $0.contains(Digest.sha256(TestHub.weights)) })
    let small = try TestHub(faults: ["tokenizer.json": wrong])
    try await small.expectFailure(.integrity, "'tokenizer.json' does not have the hash")
  }

  @Test func `lengths that are not true are caught`() async throws {
    let short: TestHub.Fault = { _, _, reply in
      var reply = reply
      reply.announced = reply.body.count + 7
      return reply
    }
    try await TestHub(storeFaults: ["model.safetensors": short]).expectFailure(
      .corrupt, "another piece")
    let shorter: TestHub.Fault = { request, _, reply in
      guard request.method == "GET" else { return reply }
      var reply = reply
      reply.announced = reply.body.count
      reply.body = reply.body.dropLast(3)
      return reply
    }
    try await TestHub(faults: ["config.json": shorter]).expectFailure(.io, "tried 4 times")
    let long: TestHub.Fault = { request, _, reply in
      guard request.method == "GET" else { return reply }
      return Reply(headers: reply.headers, body: reply.body + Data("more".utf8))
    }
    try await TestHub(faults: ["config.json": long]).expectFailure(.corrupt, "should have 23 bytes")
    let linked: TestHub.Fault = { _, _, reply in
      var reply = reply
      reply.headers["X-Linked-Size"] = "999950"
      return reply
    }
    try await TestHub(faults: ["model.safetensors": linked]).expectFailure(
      .corrupt, "another piece")
    let absurd: TestHub.Fault = { _, _, reply in
      var reply = reply
      reply.headers["X-Linked-Size"] = "9000000000000"
      return reply
    }
    try await TestHub(faults: ["model.safetensors": absurd]).expectFailure(
      .io, "too full", hint: "HF_HUB_CACHE")
    let elsewhere: TestHub.Fault = { _, _, reply in
      var reply = reply
      reply.headers["Content-Range"] = "bytes 0-99999/1000000"
      return reply
    }
    try await TestHub(storeFaults: ["model.safetensors": elsewhere]).expectFailure(
      .corrupt, "another piece")
  }

  @Test func `more bytes than were asked for are caught`() async throws {
    let hub = try TestHub(storeFaults: [
      "model.safetensors": { _, _, reply in
        var reply = reply
        reply.body += Data("more".utf8)
        reply.hidesLength = true
        return reply
      }
    ])
    try await hub.expectFailure(.corrupt, "more bytes than it said")
  }

  private func expectWeights(_ pulled: HubPull.Result) throws {
    let file = pulled.directory.appendingPathComponent("model.safetensors")
    #expect(try Data(contentsOf: file) == TestHub.weights)
  }
}
