/// Gemma 3, text only: Gemma 2 without caps, with norms on queries and keys, and slower rotations on
/// the layers that see everything.
///
/// Source: Gemma Team 2025, "Gemma 3 Technical Report", section 2; reference: `modeling_gemma3.py`
/// of transformers.
enum Gemma3: ModelFamily {
  static let modelTypes = ["gemma3_text"]
  static let architectures = ["Gemma3ForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try Gemma.read(file, family: "gemma3_text")
    let every = try file.count(
      "_sliding_window_pattern", default: file.count("sliding_window_pattern", default: 6))
    try Gemma2.read(file, into: &c, softCaps: (nil, nil)) { ($0 + 1) % every != 0 }
    c.form.queryKeyNorm = .perHead
    c.form.rotary = try file.rotary(
      theta: 1_000_000, headDimension: c.headDimension, kind: "full_attention")
    let hasKinds = (file.object["rope_parameters"] as? [String: Any])?["sliding_attention"] != nil
    c.form.slidingRotary =
      hasKinds
      ? try file.rotary(headDimension: c.headDimension, kind: "sliding_attention")
      : Rotary(theta: try file.number("rope_local_base_freq", default: 10000))
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(
      norms: Gemma2.norms, queryKeyValueBias: c.attentionBias, outBias: c.attentionBias,
      queryKeyNorm: (c.headDimension, c.headDimension)
    ).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
