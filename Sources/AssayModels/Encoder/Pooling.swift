import AssayCore
import AssayTensor
import Foundation

/// How the vectors of a text's tokens become one vector, as sentence-transformers stores it.
///
/// Source: Reimers & Gurevych 2019, "Sentence-BERT", section 3.
public struct Pooling: Hashable, Sendable {
  /// One way of making a vector of many.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// The vector of the first token.
    case cls
    /// The largest value of each element.
    case max
    /// The mean over the tokens.
    case mean
    /// The sum over the tokens, over the root of their number.
    case meanSqrtLength
  }

  /// Applied in this order, their vectors joined.
  public var modes: [Mode]
  /// Whether the result is scaled to length one.
  public var isNormalised: Bool

  /// The mean of the tokens, scaled to length one.
  public static let `default` = Pooling(modes: [.mean], isNormalised: true)

  /// Pools by `modes`.
  public init(modes: [Mode], isNormalised: Bool) {
    self.modes = modes
    self.isNormalised = isNormalised
  }

  /// Reads `modules.json` and the pooling settings that it names from a model's files.
  ///
  /// Without `modules.json` the default holds. Throws `.unsupported` for other modules and modes.
  init(files: [String: Data]) throws {
    guard let data = files["modules.json"] else {
      self = .default
      return
    }
    guard let modules = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]] else {
      throw AssayError(
        .corrupt, "modules.json is not a list of modules", hint: "copy the file again")
    }
    var (modes, isNormalised): ([Mode], Bool) = ([], false)
    for module in modules {
      let type = module["type"] as? String ?? ""
      let path = module["path"] as? String ?? ""
      switch type.split(separator: ".").last.map(String.init) {
      case "Transformer":
        guard path.isEmpty else {
          throw AssayError(
            .unsupported, "modules.json keeps the model in the folder '\(path)'",
            hint: "save it again with a current sentence-transformers")
        }
      case "Pooling":
        modes = try Self.modes(files["\(path)/config.json"], "\(path)/config.json")
      case "Normalize": isNormalised = true
      default:
        throw AssayError(
          .unsupported, "modules.json has a module of type '\(type)'",
          hint: "supported: Transformer, Pooling, Normalize")
      }
    }
    self.init(modes: modes.isEmpty ? [.mean] : modes, isNormalised: isNormalised)
  }

  private static func modes(_ data: Data?, _ path: String) throws -> [Mode] {
    guard let data, let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else {
      throw AssayError(
        .notFound, "modules.json names '\(path)', which is not there or no JSON object",
        hint: "copy all files of the model")
    }
    let keys: [(String, Mode)] = [
      ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max),
      ("pooling_mode_mean_tokens", .mean), ("pooling_mode_mean_sqrt_len_tokens", .meanSqrtLength),
    ]
    let known = Set(keys.map(\.0))
    let other = object.first {
      $0.key.hasPrefix("pooling_mode_") && !known.contains($0.key) && $0.value as? Bool == true
    }
    if let other {
      throw AssayError(
        .unsupported, "'\(path)' has \(other.key)",
        hint: "supported: \(keys.map(\.0).joined(separator: ", "))")
    }
    if let name = object["pooling_mode"] as? String {
      let names = ["cls": Mode.cls, "max": .max, "mean": .mean, "mean_sqrt_len": .meanSqrtLength]
      guard let mode = names[name] else {
        throw AssayError(
          .unsupported, "'\(path)' has pooling_mode \(name)",
          hint: "supported: \(names.keys.sorted().joined(separator: ", "))")
      }
      return [mode]
    }
    return keys.compactMap { object[$0.0] as? Bool == true ? $0.1 : nil }
  }

  /// One vector for each row of `states` [B, T, d]; `mask` [B, T] (bool) is false at padding.
  func callAsFunction(_ states: Tensor, mask: Tensor) -> Tensor {
    let real = mask.unsqueeze(2)  // [B, T, 1]
    let weights = real.to(dtype: states.dtype)
    let count = weights.sum(1).clamp(min: 1e-9)  // [B, 1]
    let parts = modes.map { mode -> Tensor in
      switch mode {
      case .cls: states.select(1, index: 0)
      case .max: states.maskedFill(real.logicalNot(), -.infinity).amax(1)
      case .mean: (states * weights).sum(1) / count
      case .meanSqrtLength: (states * weights).sum(1) / count.sqrt()
      }
    }
    let joined = Tensor.cat(parts, dim: -1)  // [B, n d]
    guard isNormalised else { return joined }
    return joined / joined.norm(-1, keep: true).clamp(min: 1e-12)
  }
}
