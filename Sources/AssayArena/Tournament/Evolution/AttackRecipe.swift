import AssayCore
import Foundation

/// What an attacker plants and how it hides it: an attack with its options, and hidings in order.
///
/// A recipe is not an organism: planted twice with other seeds it makes two.
public struct AttackRecipe: Codable, Hashable, Sendable {
  /// The attack.
  public var attack: String
  /// The options that differ from the attack's defaults.
  public var options: JSONValue
  /// How it is hidden, in order.
  public var hiding: [HidingRequest]

  /// Makes a recipe.
  public init(attack: String, options: JSONValue = [:], hiding: [HidingRequest] = []) {
    self.attack = attack
    self.options = options
    self.hiding = hiding
  }

  /// A short name, the same for equal recipes: the attack and eight digits of a hash.
  public var name: String {
    let text = (try? CanonicalJSON.data(self)) ?? Data()
    return "\(attack)-\(Digest.sha256(text).prefix(8))"
  }

  /// The recipe in plain words: "backdoor with steps 60, hidden by noise (size 0.01)".
  public var described: String {
    let own = Self.words(options)
    let hidden = hiding.map { step in
      let words = Self.words(step.options)
      return step.name + (words.isEmpty ? "" : " (\(words))")
    }
    return attack + (own.isEmpty ? " as it comes" : " with \(own)")
      + (hidden.isEmpty ? ", not hidden" : ", hidden by \(hidden.joined(separator: ", then "))")
  }

  private static func words(_ options: JSONValue) -> String {
    (options.object ?? [:]).sorted { $0.key < $1.key }.compactMap { name, value in
      let text = value.string ?? (try? CanonicalJSON.string(value)) ?? ""
      return text.isEmpty ? nil : "\(name) \(text)"
    }.joined(separator: ", ")
  }
}
