import AssayModels
import Foundation

/// A model's sizes in words for a person.
enum ModelDescription {
  /// Lines of name and text.
  static func lines(_ summary: ModelSummary) -> [(String, String)] {
    var list: [(String, String)]
    switch summary.kind {
    case .decoder(let c): list = decoder(c)
    case .encoder(let c): list = encoder(c)
    }
    list.insert(("parameters", parameters(summary)), at: 1)
    list.insert(("weights", weights(summary)), at: 2)
    list.append(
      ("tokenizer", summary.tokenizer.map { "\(grouped($0.vocabularySize)) tokens" } ?? "none"))
    if case .decoder = summary.kind {
      let lines = summary.chatTemplate.map { $0.source.split(separator: "\n").count }
      list.append(("chat template", lines.map { "\(counted($0, "line"))" } ?? "none"))
      let ends = summary.endOfSequence.map { id in
        summary.tokenizer?.token(of: id).map { "\($0) (\(id))" } ?? "\(id)"
      }
      list.append(("text ends at", ends.isEmpty ? "no token" : ends.joined(separator: ", ")))
    }
    return list
  }

  private static func parameters(_ summary: ModelSummary) -> String {
    "\(grouped(summary.parameterCount)) in \(counted(summary.weights.count, "tensor"))"
  }

  private static func weights(_ summary: ModelSummary) -> String {
    let dtypes = summary.dtypes.map(\.description).joined(separator: " and ")
    let bytes = summary.files.reduce(0) { $0 + $1.bytes }
    return "\(dtypes), \(size(bytes)) in \(counted(summary.files.count, "file"))"
  }

  private static func decoder(_ c: ModelConfiguration) -> [(String, String)] {
    let form = c.form
    let norm =
      switch form.norm {
      case .layer: "LayerNorm"
      case .rms: "RMSNorm"
      case .rmsAroundOne: "RMSNorm around one"
      }
    let place =
      switch form.block {
      case .before: "before attention and MLP"
      case .after: "after attention and MLP"
      case .around: "before and after attention and MLP"
      case .parallel: "before attention and MLP, which stand side by side"
      case .parallelSharedNorm: "one before attention and MLP, which stand side by side"
      }
    var attention = "\(counted(c.heads, "head")) of width \(c.headDimension)"
    if c.keyValueHeads != c.heads {
      attention += ", \(counted(c.keyValueHeads, "key/value head"))"
    }
    switch form.queryKeyNorm {
    case .none: break
    case .perHead: attention += ", q and k normed by head"
    case .whole: attention += ", q and k normed"
    }
    if let cap = form.attentionSoftCap { attention += ", scores capped at \(short(cap))" }
    let sliding = (0..<c.layers).filter(form.slides)
    if let window = form.slidingWindow, !sliding.isEmpty {
      let which = sliding.count == c.layers ? "all" : "\(sliding.count) of \(c.layers)"
      attention += ", window of \(grouped(window)) tokens in \(which) layers"
    }
    var output = c.tiesEmbeddings ? "the embedding" : "a matrix of its own"
    if let cap = form.logitSoftCap { output += ", logits capped at \(short(cap))" }
    return [
      ("architecture", "\(c.family) (\(c.architecture))"),
      ("blocks", "\(c.layers) of width \(grouped(c.hiddenSize)); \(norm) \(place)"),
      ("attention", attention),
      ("mlp", mlp(c.intermediateSize, form.activation, isGated: form.isGated)),
      ("positions", form.rotary.map { rotary($0, c, form.slidingRotary) } ?? "learned"),
      ("vocabulary", grouped(c.vocabularySize)), ("output", output),
      ("context", "\(grouped(c.contextLength)) tokens"),
    ]
  }

  private static func encoder(_ c: EncoderConfiguration) -> [(String, String)] {
    [
      ("architecture", "\(c.family) (\(c.architecture)), an encoder"),
      (
        "blocks",
        "\(c.layers) of width \(grouped(c.hiddenSize)); LayerNorm after attention and MLP"
      ), ("attention", "\(counted(c.heads, "head")) of width \(c.headDimension)"),
      ("mlp", mlp(c.intermediateSize, c.activation, isGated: false)), ("positions", "learned"),
      ("vocabulary", grouped(c.vocabularySize)), ("context", "\(grouped(c.contextLength)) tokens"),
    ]
  }

  private static func mlp(
    _ width: Int, _ activation: DecoderForm.Activation, isGated: Bool
  ) -> String {
    let name =
      switch activation {
      case .silu: "SiLU"
      case .gelu: "GELU"
      case .geluTanh: "GELU (tanh)"
      case .relu: "ReLU"
      }
    return "width \(grouped(width)), \(name)\(isGated ? ", gated" : "")"
  }

  private static func rotary(_ rotary: Rotary, _ c: ModelConfiguration, _ sliding: Rotary?)
    -> String
  {
    var text = "rotary, base \(short(rotary.theta))"
    if let sliding, sliding.theta != rotary.theta {
      text += " (\(short(sliding.theta)) within the window)"
    }
    if let part = rotary.dimension, part != c.headDimension {
      text += ", on \(part) of \(c.headDimension) elements of a head"
    }
    switch rotary.scaling {
    case .none: break
    case .linear(let factor): text += ", linear scaling by \(short(factor))"
    case .dynamic(let factor, let original):
      text += ", dynamic scaling by \(short(factor)) from \(grouped(original)) tokens"
    case .llama3(let factor, _, _, let original):
      text += ", llama3 scaling by \(short(factor)) from \(grouped(original)) tokens"
    }
    return text
  }

  private static func short(_ number: Double) -> String {
    Int(exactly: number).map(grouped) ?? String(number)
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func size(_ bytes: Int) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
    for (unit, factor) in units where Double(bytes) >= factor {
      return String(format: "%.1f %@", Double(bytes) / factor, unit)
    }
    return "\(bytes) bytes"
  }

  /// A whole number with its thousands apart: 12,345.
  private static func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var place = digits.count - 3
    while place > (number < 0 ? 1 : 0) {
      digits.insert(",", at: place)
      place -= 3
    }
    return String(digits)
  }
}
