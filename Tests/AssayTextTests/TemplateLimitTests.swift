import AssayCore
import Foundation
import Testing

@testable import AssayText

/// A template is a stranger's program: none may trap, hang, or fill memory.
@Suite struct TemplateLimitTests {
  static func render(_ source: String, _ variables: [String: OrderedJSON] = [:]) throws -> String {
    try ChatTemplate(source).render(variables: variables)
  }

  @Test(arguments: [
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{{ 'x' * 100000000000 }}", "{{ [0] * 9223372036854775807 }}",
    "{{ 'ab' * 9223372036854775807 }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
    "{% set ns = namespace(s=(1,)) %}{% for i in range(90) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}",
    "{% set ns = namespace(s=[1], t=[1]) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
    "{% set ns = namespace(s=[]) %}{% for i in range(9999) %}{% set ns.s = [ns.s] %}{% endfor %}",
    "{% set ns = namespace(s={}) %}{% for i in range(9999) %}{% set ns.s = {'a': ns.s} %}{% endfor %}",
    "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
    "{% set ns = namespace(x=1) %}{% for i in range(999) %}{% set ns.x = namespace(x=ns.x) %}{% endfor %}{{ ns }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{% for x in [1] %}{% if true %}{{ f() }}{% endif %}{% endfor %}{% endmacro %}{{ f() }}",
    "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ 'a' | center(99999999999) }}", "{{ '%99999999d' % 1 }}", "{{ 'a' | indent(999999999) }}",
    "{{ [1] | batch(9999999999, 'x') | list }}", "{{ [1] | slice(9999999999) | list }}",
    "{{ ('a' * 1000000).replace('', 'b' * 1000000) }}", "{{ [1] | tojson(indent=99999999) }}",
    "{% for i in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
    "{{ ('a,' * 1000000).split(',') | join('b' * 1000000) }}",
  ])
  func `what never ends or grows without end is refused`(source: String) throws {
    let start = Date()
    let error = #expect(throws: AssayError.self) { try Self.render(source) }
    #expect(error?.code == .budget, "\(String(describing: error))")
    #expect(error?.hint != nil)
    #expect(Date().timeIntervalSince(start) < 60)
  }

  @Test(arguments: [
    "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}", "{{ 2 ** 64 }}",
    "{{ 9223372036854775807 * 2 }}", "{{ (-9223372036854775807 - 1) // -1 }}",
    "{{ -(-9223372036854775807 - 1) }}", "{{ (-9223372036854775807 - 1) | abs }}",
    "{{ 1e300 | int }}", "{{ 99999999999999999999 }}", "{{ '99999999999999999999' | int }}",
    "{{ 9223372036854775807 | round(-3) }}", "{{ '%d' % 1e300 }}",
  ])
  func `whole numbers end at 64 bits with an error`(source: String) {
    let error = #expect(throws: AssayError.self) { try Self.render(source) }
    #expect(error?.code == .unsupported, "\(String(describing: error))")
  }

  @Test func `the deepest that is allowed works and one more is refused`() throws {
    func brackets(_ depth: Int) -> String {
      "{{ " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + " }}"
    }
    func ifs(_ depth: Int) -> String {
      String(repeating: "{% if 1 %}", count: depth) + "x"
        + String(repeating: "{% endif %}", count: depth)
    }
    #expect(try Self.render(brackets(50)).count == 100)
    #expect(try Self.render(ifs(50)) == "x")
    for depth in [200, 20_000] {
      for source in [brackets(depth), ifs(depth), "{{ " + String(repeating: "(", count: depth)] {
        #expect(throws: AssayError.self) { try Self.render(source) }
      }
    }
    // Rows are no depth.
    let row = Array(repeating: "1", count: 5_000)
    #expect(try Self.render("{{ \(row.joined(separator: " + ")) }}") == "5000")
    #expect(try Self.render("{{ \(row.joined(separator: " and ")) }}") == "1")
    #expect(try Self.render("{{ 1\(String(repeating: "|abs", count: 5_000)) }}") == "1")
    #expect(try Self.render("{{ \(String(repeating: "not ", count: 5_001))1 }}") == "False")
    #expect(try Self.render("{{ \(String(repeating: "-", count: 5_000))1 }}") == "1")
    #expect(try Self.render("{{ \(String(repeating: "1 if 0 else ", count: 5_000))2 }}") == "2")
    let branches = String(repeating: "{% elif 0 %}", count: 5_000)
    #expect(try Self.render("{% if 0 %}\(branches){% else %}x{% endif %}") == "x")
  }

  @Test func `the deepest recursion fits on the stack`() throws {
    // Macros that go through every kind of block, down to the limit.
    let macro = """
      {% macro f(n) %}{% if n %}{% for x in [1] %}{% with %}{% filter upper %}{% set t %}\
      {{ [('a' ~ ((f(n - 1) | string)))] | map('first') | join }}{% endset %}{{ t }}\
      {% endfilter %}{% endwith %}{% endfor %}{% endif %}{% endmacro %}
      """
    #expect(try Self.render(macro + "{{ f(3) }}").contains("A"))
    #expect(throws: AssayError.self) { try Self.render(macro + "{{ f(100) }}") }
    var deep = OrderedJSON.array([])
    for _ in 0..<90 { deep = .array([deep]) }
    #expect(try Self.render("{{ x | tojson }}", ["x": deep]).count == 182)
    for _ in 0..<900 { deep = .object([("a", deep)]) }
    #expect(throws: AssayError.self) { try Self.render("{{ x | tojson }}", ["x": deep]) }
  }

  // MARK: - Random and changed templates

  static func outcome(_ source: String, _ fixtures: TemplateFixtures) -> Bool {
    do {
      _ = try fixtures.render(snippet: source)
      return true
    } catch let error as AssayError {
      #expect(error.hint != nil, "\(error.message)")
      return false
    } catch {
      Issue.record("\(error) is no AssayError")
      return false
    }
  }

  @Test(arguments: 0..<4)
  func `random text never traps`(seed: UInt64) throws {
    let fixtures = try TemplateTests.fixtures.get()
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      var bytes: [UInt8] = []
      for _ in 0..<random.below(60) { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
      let text = String(decoding: bytes, as: UTF8.self)
      for source in [text, "{{" + text + "}}", "{%" + text, "{{ '" + text + "' }}"] {
        _ = Self.outcome(source, fixtures)
      }
    }
  }

  @Test(arguments: 4..<8)
  func `changed snippets never trap`(seed: UInt64) throws {
    let fixtures = try TemplateTests.fixtures.get()
    let sources = try fixtures.cases().map { Array($0.source.utf8) }
    var random = SplitMix64(seed: seed)
    var rendered = 0
    for _ in 0..<1_500 {
      var bytes = sources[random.below(sources.count)]
      for _ in 0...random.below(3) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        let end = min(bytes.count, place + random.below(10))
        let other = sources[random.below(sources.count)]
        let start = random.below(other.count)
        switch random.below(5) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        case 3:
          bytes.replaceSubrange(
            place..<end, with: other[start..<min(other.count, start + random.below(20))])
        default: bytes += other
        }
      }
      if Self.outcome(String(decoding: bytes, as: UTF8.self), fixtures) { rendered += 1 }
    }
    // Both outcomes must occur, or the changes test nothing.
    #expect(rendered > 50)
    #expect(rendered < 1_450)
  }

  /// Every filter, test and method on every kind of value with odd arguments.
  @Test func `no filter, test or method traps on odd values`() throws {
    let fixtures = try TemplateTests.fixtures.get()
    let values = [
      "missing", "none", "true", "-1", "9223372036854775807", "-9223372036854775807 - 1", "1e308",
      "'nan' | float", "''", "'é' | safe", "u", "[]", "l", "(1,)", "{}", "d", "d.items()",
      "range(3)", "l | select", "namespace(a=1)", "range", "s.upper", "ms",
    ]
    let names =
      TemplateInterpreter.filters.keys.sorted().map { "| \($0)" }
      + TemplateInterpreter.tests.keys.filter { $0.first?.isLetter == true }.sorted().map {
        "is \($0)"
      }
      + [
        "split", "replace", "center", "zfill", "find", "rfind", "count", "startswith", "join",
        "partition", "format", "index", "get", "strip", "splitlines", "title",
      ].map { ".\($0)" }
    var random = SplitMix64(seed: 11)
    var rendered = 0
    for value in values {
      for name in names {
        for count in 0..<3 {
          let arguments = (0..<count).map { _ in "(\(values[random.below(values.count)]))" }
          let call =
            count == 0 && !name.hasPrefix(".") ? "" : "(\(arguments.joined(separator: ", ")))"
          if Self.outcome("{% set v = (\(value)) %}{{ (v \(name)\(call)) }}", fixtures) {
            rendered += 1
          }
        }
      }
      for other in values {
        for symbol in ["+", "-", "*", "/", "//", "%", "**", "~", "==", "<", ">=", "in"] {
          if Self.outcome("{{ (\(value)) \(symbol) (\(other)) }}", fixtures) { rendered += 1 }
        }
        _ = Self.outcome(
          "{{ (\(value))[\(other)] }}{{ (\(value))[\(other):\(other):\(other)] }}", fixtures)
      }
    }
    #expect(rendered > 1_000)
  }
}
