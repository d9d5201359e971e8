import AssayCore
import Foundation
import Testing

@testable import AssayText

/// Golden files made by scripts/make-tokenizer-fixtures.py with the `tokenizers` library.
enum TokenizerFixtures {
  struct Case: Codable, Sendable {
    var text: String
    var ids: [Int]
    var special: [Int]?
    var decoded: String?
    var skipped: String?
  }

  struct Large: Codable {
    struct Decoded: Codable {
      var ids: [Int]
      var text: String
    }
    var textHash: String
    var count: Int
    var idsHash: String
    var decoded: [Decoded]
  }

  static func data(_ name: String) throws -> Data {
    let folder = try #require(Bundle.module.resourceURL)
    return try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name)"))
  }

  static func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    try JSONDecoder().decode(type, from: data(name))
  }

  static func tokenizer() throws -> Tokenizer {
    try Tokenizer(data: data("tokenizer.json"))
  }

  private static let syllables: [String] = {
    let plain =
      "ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so "
      + "the ing er on st tr ou qu é ñ ß ж и 日 本 語 ال 👩\u{200D}🔬 e\u{0301}"
    return plain.unicodeScalars.split(separator: " ").map { String(Substring($0)) }
  }()

  private static let breaks = [
    " ", " ", " ", " ", " ", ", ", ". ", "\n", "  ", "'s ", "\t", "\r\n", " 12", " 3.5 ",
    "\u{00A0}", "!\n\n",
  ]

  /// At least `size` bytes of made-up text; the script makes the same.
  static func generatedText(size: Int, seed: UInt64) -> String {
    var random = SplitMix64(seed: seed)
    func pick(_ list: [String]) -> String { list[Int(random.next() % UInt64(list.count))] }
    var text = ""
    while text.utf8.count < size {
      for _ in 0..<(1 + random.next() % 4) { text += pick(syllables) }
      text += pick(breaks)
    }
    return text
  }
}

extension OrderedJSON {
  /// This object with one member changed: `change` gets its value (null where absent) and returns the
  /// new one, or nil to remove it.
  func replacing(_ key: String, _ change: (OrderedJSON) -> OrderedJSON?) -> OrderedJSON {
    guard let members = object else { return self }
    let rest = members.filter { $0.key != key }
    guard let value = change(self[key] ?? .null) else { return .object(rest) }
    return .object(rest + [(key, value)])
  }
}
