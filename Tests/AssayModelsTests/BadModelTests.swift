import AssayCore
import AssayModels
import AssayTensor
import Foundation
import Testing

@Suite struct BadModelTests {
  /// Loads the fixture after its `config.json` was edited.
  private func load(
    _ fixture: String = "gqa-tied", config edit: (inout [String: Any]) -> Void
  ) throws {
    let scratch = try ScratchDirectory()
    let directory = try scratch.copy(fixture, as: "model")
    let file = directory.appendingPathComponent("config.json")
    var object = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    edit(&object)
    try JSONSerialization.data(withJSONObject: object).write(to: file)
    _ = try ModelBundle.load(directory)
  }

  @Test func `an edited configuration that changes nothing still loads`() throws {
    try load { $0["rope_scaling"] = ["type": "default"] }
    try load { $0["rope_parameters"] = nil }
  }

  @Test func `an unknown architecture is named with what is supported`() {
    expectError(.unsupported, "MambaForCausalLM") {
      try load { $0["architectures"] = ["MambaForCausalLM"] }
    }
    expectError(.unsupported, "mixture of experts") {
      try load { $0["architectures"] = ["MixtralForCausalLM"] }
    }
    expectError(.unsupported, "mamba") {
      try load {
        $0["architectures"] = nil
        $0["model_type"] = "mamba"
      }
    }
  }

  @Test func `rotary scaling that is not known is refused`() {
    expectError(.unsupported, "longrope") {
      try load { $0["rope_parameters"] = ["rope_type": "longrope", "factor": 8.0] }
    }
    expectError(.corrupt, "below 1") {
      try load { $0["rope_parameters"] = ["rope_type": "linear", "factor": 0.5] }
    }
  }

  @Test func `impossible sizes are refused before any memory is asked for`() {
    expectError(.corrupt, "hidden_size") { try load { $0["hidden_size"] = -1 } }
    expectError(.corrupt, "hidden_size") { try load { $0["hidden_size"] = nil } }
    expectError(.corrupt, "num_attention_heads") { try load { $0["num_attention_heads"] = 0 } }
    expectError(.corrupt, "num_hidden_layers") { try load { $0["num_hidden_layers"] = 1e30 } }
    expectError(.corrupt, "vocab_size") { try load { $0["vocab_size"] = "many" } }
    expectError(.corrupt, "multiple") { try load { $0["num_key_value_heads"] = 3 } }
  }

  @Test func `settings that no pass could survive are refused`() {
    expectError(.corrupt, "do not divide") { try load("families/gpt2") { $0["n_head"] = 5 } }
    expectError(.corrupt, "do not divide") {
      try load("families/gpt-neox") { $0["num_key_value_heads"] = 1 }
    }
    for value in [0, -4] {
      expectError(.corrupt, "must be positive") {
        try load("families/gemma2") { $0["query_pre_attn_scalar"] = value }
      }
      expectError(.corrupt, "must be positive") {
        try load("families/gemma2") { $0["final_logit_softcapping"] = value }
      }
    }
    func scaled(_ change: [String: Any]) throws {
      try load("families/llama-dynamic") {
        let old = $0["rope_parameters"] as? [String: Any] ?? [:]
        $0["rope_parameters"] = old.merging(change) { $1 }
      }
    }
    expectError(.corrupt, "too large") { try scaled(["factor": 1e300]) }
    expectError(.corrupt, "not a length") {
      try scaled(["original_max_position_embeddings": 0])
    }
    expectError(.corrupt, "partial_rotary_factor") {
      try scaled(["partial_rotary_factor": 1e300])
    }
  }

  @Test func `wrong, missing and unexpected tensors are named`() {
    expectError(.corrupt, "model.embed_tokens.weight has shape [101, 32], expected [102, 32]") {
      try load { $0["vocab_size"] = 102 }
    }
    expectError(.corrupt, "model.layers.2.input_layernorm.weight is missing") {
      try load { $0["num_hidden_layers"] = 3 }
    }
    expectError(.corrupt, "model.layers.1.input_layernorm.weight is unexpected") {
      try load { $0["num_hidden_layers"] = 1 }
    }
    expectError(.corrupt, "lm_head.weight is missing") {
      try load { $0["tie_word_embeddings"] = false }
    }
  }

  @Test func `truncated weights are refused`() throws {
    let scratch = try ScratchDirectory()
    let directory = try scratch.copy("gqa-tied")
    let file = directory.appendingPathComponent("model.safetensors")
    let data = try Data(contentsOf: file)
    for length in [0, 5, 100, data.count / 2, data.count - 1] {
      try data.prefix(length).write(to: file)
      #expect(throws: AssayError.self) { try ModelBundle.load(directory) }
    }
  }

  @Test func `a pickle is refused with a way to convert it`() throws {
    let scratch = try ScratchDirectory()
    let directory = try scratch.copy("gqa-tied")
    try FileManager.default.moveItem(
      at: directory.appendingPathComponent("model.safetensors"),
      to: directory.appendingPathComponent("pytorch_model.bin"))
    expectError(.unsupported, "pytorch_model.bin") { _ = try ModelBundle.load(directory) }
  }

  @Test func `missing files are named`() throws {
    let scratch = try ScratchDirectory()
    let directory = try scratch.copy("sharded")
    try FileManager.default.removeItem(
      at: directory.appendingPathComponent("model-00002-of-00003.safetensors"))
    expectError(.notFound, "model-00002-of-00003") { _ = try ModelBundle.load(directory) }
    let empty = try scratch.copy("biased")
    try FileManager.default.removeItem(at: empty.appendingPathComponent("model.safetensors"))
    expectError(.notFound, "no model.safetensors") { _ = try ModelBundle.load(empty) }
    expectError(.notFound, "config.json") { _ = try ModelBundle.load(scratch.url) }
  }

  @Test func `a directory of other things is not overwritten`() throws {
    let scratch = try ScratchDirectory()
    try Data("precious".utf8).write(to: scratch.url.appendingPathComponent("notes.txt"))
    expectError(.badInput, "no model directory") {
      try ModelFixture("gqa-tied").bundle.save(to: scratch.url)
    }
    let file = scratch.url.appendingPathComponent("notes.txt")
    expectError(.badInput, "is a file") { try ModelFixture("gqa-tied").bundle.save(to: file) }
  }
}
