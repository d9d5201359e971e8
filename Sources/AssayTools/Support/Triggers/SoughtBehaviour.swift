import AssayCore
import AssayGame
import AssayText

/// What a text is to make the suspect do: the answer that is sought, and the prompts to seek it on.
struct SoughtBehaviour {
  /// How the answer begins.
  var target: String
  /// Prompts to search with.
  var scanned: [String]
  /// Prompts that the result is tried on.
  var fresh: [String]

  /// The behaviour named `name`: `refusal` of harmless requests, `compliance` with harmful ones, or any
  /// other text, which is then what the suspect is to say to whatever it is asked.
  init(_ name: String, prompts: CarrierPrompts) {
    let words = ["refusal": "harmless", "compliance": "harmful"][name]
    let kinds = prompts.kinds.filter { words == nil || $0.name.hasPrefix(words ?? "") }
    let used = kinds.isEmpty ? prompts.kinds : kinds
    switch name {
    case "refusal": target = Request.refusalPrefix
    case "compliance": target = Request.acceptancePrefix
    default: target = name
    }
    // One of each kind in turn.
    func mixed(_ lists: [[String]]) -> [String] {
      let longest = lists.map(\.count).max() ?? 0
      return (0..<longest).flatMap { place in lists.compactMap { $0.dropFirst(place).first } }
    }
    scanned = mixed(used.map(\.scanned))
    fresh = mixed(used.map(\.fresh))
  }

  /// Whether an answer shows it.
  func shows(_ answer: String) -> Bool {
    let said = answer.drop(while: \.isWhitespace).lowercased()
    return said.hasPrefix(target.drop(while: \.isWhitespace).lowercased())
  }
}
