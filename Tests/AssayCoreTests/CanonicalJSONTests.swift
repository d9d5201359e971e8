import AssayCore
import Foundation
import Testing

@Suite struct CanonicalJSONTests {
  @Test func `keys are sorted and slashes stay plain`() throws {
    let value: JSONValue = ["b": 1, "a": ["x/y", 2.5, true, nil], "ä": "é"]
    #expect(
      try CanonicalJSON.string(value) == #"{"a":["x/y",2.5,true,null],"b":1,"ä":"é"}"#)
  }

  @Test func `a value survives being written and read`() throws {
    let value: JSONValue = [
      "whole": 9_007_199_254_740_992, "tiny": 1e-300, "third": .number(1 / 3.0),
      "text": "line\nbreak \"quoted\" \u{1F600}", "list": [[], [:], nil, false],
    ]
    let data = try CanonicalJSON.data(value)
    let again: JSONValue = try CanonicalJSON.decode(from: data, origin: "test")
    #expect(again == value)
    #expect(try CanonicalJSON.data(again) == data)
  }

  @Test func `random numbers are written the same after reading`() throws {
    var generator = SplitMix64(seed: 11)
    for _ in 0..<2000 {
      let number = JSONValue((generator.unit() - 0.5) * pow(10, Double(generator.below(40)) - 20))
      let data = try CanonicalJSON.data(number)
      let again: JSONValue = try CanonicalJSON.decode(from: data, origin: "test")
      #expect(again == number)
    }
  }

  @Test func `numbers that JSON cannot hold become words`() throws {
    let value: JSONValue = [.number(.infinity), .number(-.infinity), .number(.nan)]
    #expect(try CanonicalJSON.string(value) == #"["inf","-inf","nan"]"#)
  }

  @Test func `broken JSON is named by its origin and place`() {
    let data = Data(#"{"number":1,"tool":"sample"}"#.utf8)
    #expect {
      try CanonicalJSON.decode(Evidence.self, from: data, origin: "evidence/001.json")
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .corrupt
        && error?.message == "evidence/001.json: 'arguments' is missing"
    }
  }

  @Test func `digests agree with sha256sum`() throws {
    #expect(
      Digest.sha256(Data("assay".utf8))
        == "9b2153df65c7cba8a514938e2d3254a32cc0e75f6d032572e45f2b6bb124c970")
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "digest-\(UInt64.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data("assay".utf8).write(to: url)
    #expect(try Digest.sha256(file: url) == Digest.sha256(Data("assay".utf8)))
    #expect(throws: AssayError(.notFound, "no such file: '/nowhere/at all'")) {
      try Digest.sha256(file: URL(fileURLWithPath: "/nowhere/at all"))
    }
  }
}
