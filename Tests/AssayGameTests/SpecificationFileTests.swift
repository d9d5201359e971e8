import AssayCore
import AssayGame
import Foundation
import Testing

@Suite struct SpecificationFileTests {
  @Test func `the default specification survives being written as YAML`() throws {
    let text = try SpecificationFile.smallWorldYAML()
    #expect(
      try SpecificationFile.parse(text, origin: "default.yaml") == SpecificationFile.smallWorld)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "specification-\(UInt64.random(in: 0 ... .max)).yaml")
    defer { try? FileManager.default.removeItem(at: url) }
    try SpecificationFile.write(SpecificationFile.smallWorld, to: url)
    #expect(try SpecificationFile.read(url) == SpecificationFile.smallWorld)
  }

  private func yaml(_ clause: String) -> String {
    "id: a\ntitle: b\nclauses:\n  - id: truth\n    text: tells the truth\n" + clause
  }

  /// Each fault with the message that must name it.
  @Test(arguments: [
    (
      "    probeSet: sums\n    measure: accuracy\n    tolerence: 0.1\n",
      "s.yaml:8: unknown key 'tolerence'"
    ),
    ("    probeSet: sums\n    measure: accuracy\n", "s.yaml:4: the key 'tolerance' is missing"),
    (
      "    probeSet: sums\n    measure: accuracy\n    tolerance: much\n",
      "s.yaml:8: 'tolerance' must be a number"
    ),
    (
      "    probeSet: sums\n    measure: accuracy\n    tolerance: -1\n",
      "s.yaml:8: the tolerance must not be negative"
    ),
    (
      "    probeSet: sums\n    measure: refusals\n    tolerance: 0\n",
      "s.yaml:7: 'refusals' cannot be measured over 'sums'"
    ),
    (
      "    probeSet: [sums]\n    measure: refusals\n    tolerance: 0\n",
      "s.yaml:6: 'probeSet' must be text"
    ),
  ]) func `faults are named with file, line and key`(clause: String, message: String) {
    #expect {
      try SpecificationFile.parse(yaml(clause), origin: "s.yaml")
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .badInput && error?.message == message
    }
  }

  @Test func `what is no specification at all is refused`() {
    for text in ["", "- a\n- b", "id: [", "id: a\ntitle: b\nclauses: []", "just words"] {
      #expect(throws: AssayError.self, "\(text)") {
        try SpecificationFile.parse(text, origin: "s.yaml")
      }
    }
  }

  @Test func `unknown keys come with the known ones`() {
    #expect(
      throws: AssayError(
        .badInput, "s.yaml:2: unknown key 'name'", hint: "known keys: id, title, clauses")
    ) { try SpecificationFile.parse("id: a\nname: b\n", origin: "s.yaml") }
  }
}
