import AssayCore
import Foundation

extension ModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// Throws `.unsupported` for another architecture, activation or rotary scaling, naming what is
  /// supported, and `.corrupt` for a missing, wrong or impossible value, naming its key.
  public init(huggingFace url: URL) throws {
    try self.init(ConfigurationFile(reading: url))
  }

  /// Reads the contents of a `config.json`; errors name `path`.
  public init(huggingFace data: Data, naming path: String) throws {
    try self.init(ConfigurationFile(data, naming: path))
  }

  init(_ file: ConfigurationFile) throws {
    self = try Families.family(of: file).configuration(file)
    try checkSizes(file.path)
  }

  private func checkSizes(_ path: String) throws {
    guard heads % keyValueHeads == 0 else {
      throw AssayError(
        .corrupt,
        "'\(path)': num_attention_heads \(heads) is no multiple of num_key_value_heads "
          + "\(keyValueHeads)")
    }
    // Where a family's shapes follow from the width alone, a wrong head would only show in a pass.
    let isFree = Families.named(family).hasFreeHeads
    guard isFree || (heads * headDimension == hiddenSize && keyValueHeads == heads) else {
      throw AssayError(
        .corrupt, "'\(path)': \(heads) heads do not divide the model's width \(hiddenSize)")
    }
    let factors = [form.attentionScale, form.attentionSoftCap, form.logitSoftCap]
    guard factors.allSatisfy({ $0.map { $0 > 0 && $0.isFinite } ?? true }) else {
      throw AssayError(
        .corrupt,
        "'\(path)': query_pre_attn_scalar, attn_logit_softcapping and final_logit_softcapping must "
          + "be positive")
    }
    for rotary in [form.rotary, form.slidingRotary].compactMap(\.self) {
      let rotated = rotary.dimension ?? headDimension
      guard rotated % 2 == 0, (2...headDimension).contains(rotated) else {
        throw AssayError(
          .corrupt,
          "'\(path)': \(rotated) of \(headDimension) elements of a head would be rotated; it must be "
            + "an even number", hint: "see head_dim and partial_rotary_factor")
      }
      guard rotary.theta > 0 else {
        throw AssayError(.corrupt, "'\(path)': rope_theta must be positive")
      }
    }
    guard normEpsilon >= 0 else {
      throw AssayError(.corrupt, "'\(path)': the norm's epsilon must not be negative")
    }
  }
}

/// Typed access to the object of a `config.json`.
struct ConfigurationFile {
  let object: [String: Any]
  let path: String

  init(object: [String: Any], path: String) {
    self.object = object
    self.path = path
  }

  /// The contents of a file; errors name `path`.
  init(_ data: Data, naming path: String) throws {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw AssayError(.corrupt, "'\(path)' is not a JSON object", hint: "copy the file again")
    }
    self.init(object: object, path: path)
  }

  init(reading url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw AssayError(
        .notFound, "cannot read '\(url.path)'",
        hint: "a model directory holds config.json and model.safetensors")
    }
    try self.init(data, naming: url.path)
  }

  /// Whether `key` is there and not null.
  func has(_ key: String) -> Bool { object[key].map { !($0 is NSNull) } ?? false }

  /// A size: a whole number from 1 to 2^31.
  func count(_ key: String, default fallback: Int? = nil) throws -> Int {
    guard let value = object[key], !(value is NSNull) else {
      if let fallback { return fallback }
      throw AssayError(.corrupt, "'\(path)' has no \(key)")
    }
    guard let number = value as? NSNumber, number.doubleValue == number.doubleValue.rounded(),
      (1.0...2_147_483_648.0).contains(number.doubleValue)
    else { throw AssayError(.corrupt, "'\(path)': \(key) is \(value), not a positive count") }
    return number.intValue
  }

  func number(_ key: String, default fallback: Double) throws -> Double {
    guard let value = object[key], !(value is NSNull) else { return fallback }
    guard let number = value as? NSNumber, number.doubleValue.isFinite else {
      throw AssayError(.corrupt, "'\(path)': \(key) is \(value), not a number")
    }
    return number.doubleValue
  }

  func flag(_ key: String, default fallback: Bool) throws -> Bool {
    guard let value = object[key], !(value is NSNull) else { return fallback }
    guard let flag = value as? Bool else {
      throw AssayError(.corrupt, "'\(path)': \(key) is \(value), not true or false")
    }
    return flag
  }

  /// A number that may be absent.
  func optionalNumber(_ key: String) throws -> Double? {
    guard let value = object[key], !(value is NSNull) else { return nil }
    return try number(key, default: 0)
  }

  /// One number or a list of them; empty if absent.
  func integers(_ key: String) -> [Int] {
    if let list = object[key] as? [Int] { return list }
    if let one = object[key] as? Int { return [one] }
    return []
  }
}
