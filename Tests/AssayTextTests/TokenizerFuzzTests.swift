import AssayCore
import Foundation
import Testing

@testable import AssayText

/// No contents of a tokenizer.json may trap: they load, or they are refused with an `AssayError`.
@Suite struct TokenizerFuzzTests {
  /// A tokenizer with every supported part, small enough for thousands of readings.
  static let small = #"""
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[
    {"id":12,"content":"<|end|>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},
    {"id":13,"content":"ab c","single_word":true,"lstrip":false,"rstrip":true,"normalized":true,"special":false}],
    "normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[
    {"type":"Split","pattern":{"Regex":"\\s+(?!\\S)|[^\\s\\p{L}]+|\\p{L}+"},"behavior":"Isolated","invert":false},
    {"type":"Digits","individual_digits":true},
    {"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}]},
    "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|end|>","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<|end|>":{"id":"<|end|>","ids":[12],"tokens":["<|end|>"]}}},
    "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
    "model":{"type":"BPE","dropout":null,"unk_token":"?","continuing_subword_prefix":null,"end_of_word_suffix":null,
    "fuse_unk":true,"byte_fallback":false,"ignore_merges":true,"vocab":{"a":0,"b":1,"c":2,"Ġ":3,"?":4,"ab":5,
    "Ġa":6,"abc":7,"1":8,"é":9,"Ċ":10,"cc":11},"merges":["a b",["Ġ","a"],"ab c","c c"]}}
    """#

  static let snippets = [
    "null", "-1", "1e999", "9223372036854775808", "70000", "0.5", "\"\"", "\"\\ud800\"", "{}", "[]",
    "[[[[", "true", "\"(?R)\"", "\"(a+)+$\"", "\"\\\\K\"", "\"\"", "\"a\"", "\\", "\u{0}",
    "\"ab c\"", "\"|\"",
    "\"Sequence\"", "\"ByteLevel\"", "\"Split\"", "\"Removed\"", "\"(?<=a)\"", "\"\\\\G\"",
    "\"x*\"",
  ]

  static let text = "abc cc  a\u{301}b<|end|>\n12 ab c, é\u{FFFD} ccccab"

  static func outcome(of data: Data) throws -> Bool {
    do {
      let tokenizer = try Tokenizer(data: data)
      let ids = tokenizer.encode(text, addSpecial: true)
      _ = tokenizer.decode(ids, skipSpecial: true)
      #expect(ids.allSatisfy { tokenizer.token(of: $0) != nil })
      return true
    } catch let error as AssayError {
      #expect(error.hint != nil, "\(error.message)")
      #expect([.corrupt, .unsupported].contains(error.code))
      return false
    }
  }

  @Test func `the small tokenizer itself loads`() throws {
    #expect(try Self.outcome(of: Data(Self.small.utf8)))
  }

  @Test(arguments: 0..<4)
  func `changed bytes never trap`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let original = Array(Self.small.utf8)
    var loaded = 0
    for _ in 0..<1_000 {
      var bytes = original
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        let end = min(bytes.count, place + random.below(12))
        switch random.below(6) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        case 4:
          bytes.replaceSubrange(
            place..<end, with: Self.snippets[random.below(Self.snippets.count)].utf8)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { bytes = original }
      }
      if try Self.outcome(of: Data(bytes)) { loaded += 1 }
    }
    // Both outcomes must occur, or the mutations test nothing.
    #expect(loaded > 5)
    #expect(loaded < 995)
  }

  @Test(arguments: 4..<8)
  func `changed values never trap`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let original = try OrderedJSON(parsing: Data(Self.small.utf8))
    var values: [OrderedJSON] = Self.snippets.compactMap {
      try? OrderedJSON(parsing: Data($0.utf8))
    }
    Self.collect(original, into: &values)
    var loaded = 0
    for _ in 0..<1_000 {
      var document = original
      for _ in 0...random.below(3) { document = Self.mutated(document, values, &random, depth: 0) }
      if try Self.outcome(of: document.data()) { loaded += 1 }
    }
    #expect(loaded > 5)
    #expect(loaded < 995)
  }

  @Test func `a truncated file never loads and never traps`() throws {
    let bytes = try Array(TokenizerFixtures.data("tokenizer.json"))
    var random = SplitMix64(seed: 9)
    for _ in 0..<100 {
      // The file ends in "\n}" or "}": a cut of three bytes takes the last brace.
      let length = random.below(bytes.count - 3)
      #expect(try Self.outcome(of: Data(bytes.prefix(length))) == false)
    }
  }

  static func collect(_ value: OrderedJSON, into values: inout [OrderedJSON]) {
    values.append(value)
    for item in value.array ?? [] { collect(item, into: &values) }
    for member in value.object ?? [] { collect(member.value, into: &values) }
  }

  /// `value` with one value inside it replaced, removed or doubled.
  static func mutated(
    _ value: OrderedJSON, _ values: [OrderedJSON], _ random: inout SplitMix64, depth: Int
  ) -> OrderedJSON {
    let replacement = values[random.below(values.count)]
    if depth > 0, random.below(6) == 0 { return replacement }
    switch value {
    case .array(var items) where !items.isEmpty:
      let place = random.below(items.count)
      switch random.below(6) {
      case 0: items.remove(at: place)
      case 1: items.append(items[place])
      default: items[place] = mutated(items[place], values, &random, depth: depth + 1)
      }
      return .array(items)
    case .object(var members) where !members.isEmpty:
      let place = random.below(members.count)
      switch random.below(8) {
      case 0: members.remove(at: place)
      case 1: members.append((members[place].key, replacement))
      default:
        members[place].value = mutated(members[place].value, values, &random, depth: depth + 1)
      }
      return .object(members)
    default: return replacement
    }
  }
}
