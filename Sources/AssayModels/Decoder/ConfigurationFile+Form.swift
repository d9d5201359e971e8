import AssayCore
import Foundation

/// Settings that several families share, in the words of transformers 4 and 5 alike.
extension ConfigurationFile {
  /// Sizes under the names that most families use.
  func sizes(family: String, form: DecoderForm) throws -> ModelConfiguration {
    let heads = try count("num_attention_heads")
    let hidden = try count("hidden_size")
    return ModelConfiguration(
      hiddenSize: hidden,
      intermediateSize: try count("intermediate_size"),
      layers: try count("num_hidden_layers"),
      heads: heads,
      keyValueHeads: try count("num_key_value_heads", default: heads),
      headDimension: try count("head_dim", default: max(1, hidden / heads)),
      vocabularySize: try count("vocab_size"),
      contextLength: try count("max_position_embeddings", default: 2048),
      normEpsilon: try number("rms_norm_eps", default: 1e-6),
      tiesEmbeddings: try flag("tie_word_embeddings", default: false),
      attentionBias: try flag("attention_bias", default: false),
      mlpBias: try flag("mlp_bias", default: false),
      endOfSequence: integers("eos_token_id"),
      family: family, form: form)
  }

  /// The MLP's nonlinearity, under the first of `keys` that is there.
  func activation(_ keys: [String] = ["hidden_act"], default fallback: String) throws
    -> DecoderForm.Activation
  {
    let key = keys.first { object[$0] is String } ?? keys[0]
    let name = object[key] as? String ?? fallback
    switch name {
    case "silu", "swish": return .silu
    case "gelu": return .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .geluTanh
    case "relu": return .relu
    default:
      throw AssayError(
        .unsupported, "'\(path)' has \(key) \(name)",
        hint: "supported: silu, gelu, gelu_new, gelu_pytorch_tanh, relu")
    }
  }

  /// Which layers look back on the window only: as `layer_types` says, or else `rule`.
  func slidingLayers(_ rule: (Int) -> Bool) throws -> [Bool] {
    let layers = try count("num_hidden_layers")
    guard let types = object["layer_types"] as? [String] else {
      return (0..<layers).map(rule)
    }
    guard types.count == layers,
      types.allSatisfy({ $0 == "sliding_attention" || $0 == "full_attention" })
    else {
      throw AssayError(
        .unsupported,
        "'\(path)': layer_types does not name sliding_attention or full_attention "
          + "for each of \(layers) layers")
    }
    return types.map { $0 == "sliding_attention" }
  }

  /// Rotary settings: `rope_parameters`, or `rope_theta` with `rope_scaling`.
  ///
  /// `kind` is the kind of layer where a model has settings for each (Gemma 3). Throws
  /// `.unsupported` for a scaling that is not known.
  func rotary(theta fallback: Double = 10000, headDimension: Int, kind: String? = nil) throws
    -> Rotary
  {
    var settings =
      object["rope_parameters"] as? [String: Any] ?? object["rope_scaling"] as? [String: Any]
      ?? [:]
    if let kind, let nested = settings[kind] as? [String: Any] { settings = nested }
    let nested = ConfigurationFile(object: settings, path: path)
    var rotary = Rotary(
      theta: try nested.number("rope_theta", default: number("rope_theta", default: fallback)))
    let share =
      try nested.optionalNumber("partial_rotary_factor")
      ?? optionalNumber("partial_rotary_factor") ?? optionalNumber("rotary_pct")
    if let share, share != 1 {
      guard share > 0, share < 1 else {
        throw AssayError(
          .corrupt, "'\(path)': partial_rotary_factor is \(share), not from 0 to 1")
      }
      rotary.dimension = Int(Double(headDimension) * share)
    }
    rotary.scaling = try nested.scaling(
      context: count("max_position_embeddings", default: 2048),
      original: object["original_max_position_embeddings"] as? Int)
    return rotary
  }

  private func scaling(context: Int, original: Int?) throws -> Rotary.Scaling {
    let type = object["rope_type"] as? String ?? object["type"] as? String ?? "default"
    let trained = object["original_max_position_embeddings"] as? Int ?? original
    if let trained, !(1...2_147_483_648).contains(trained) {
      throw AssayError(
        .corrupt, "'\(path)': original_max_position_embeddings is \(trained), not a length")
    }
    func factor() throws -> Double {
      let value = try number("factor", default: 1)
      guard value >= 1 else {
        throw AssayError(.corrupt, "'\(path)': the rotary scaling's factor is \(value), below 1")
      }
      guard value <= 1e6 else {
        throw AssayError(.corrupt, "'\(path)': the rotary scaling's factor is \(value), too large")
      }
      return value
    }
    switch type {
    case "default": return .none
    case "linear": return .linear(factor: try factor())
    case "dynamic": return .dynamic(factor: try factor(), original: trained ?? context)
    case "llama3":
      let (low, high) = (
        try number("low_freq_factor", default: 1), try number("high_freq_factor", default: 4)
      )
      guard low > 0, high > low else {
        throw AssayError(
          .corrupt, "'\(path)': high_freq_factor \(high) must be above low_freq_factor \(low)")
      }
      return .llama3(
        factor: try factor(), low: low, high: high, original: trained ?? 8192)
    default:
      throw AssayError(
        .unsupported, "'\(path)' has rotary scaling \(type)",
        hint: "supported: default, linear, dynamic, llama3")
    }
  }
}
