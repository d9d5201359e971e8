import AssayCore
import AssayModels
import AssayTensor
import AssayTesting
import Foundation
import Testing

@testable import AssayTools

@Suite struct CanonicalFormTests {
  @Test func `products of values and outputs, queries and keys are what they were`() throws {
    for bundle in [try WeightModels.llama(), try WeightModels.gpt2()] {
      let c = bundle.model.configuration
      let model = try CanonicalModel(bundle.model)
      let joined = try #require(bundle.model.weight(at: .block(2, .queryKeyValue))).detach()
      let out = try #require(bundle.model.weight(at: .block(2, .attentionOut))).detach()
      let (D, head) = (c.headDimension, 5)
      let source = head / c.groupSize
      func rows(_ start: Int) -> Tensor { joined.narrow(0, start: start * D, length: D) }
      func centred(_ x: Tensor) -> Tensor {
        c.form.norm == .layer ? x - x.mean(-1, keep: true) : x
      }
      let found = model.layers[2].heads[head]
      #expect(found.index == head && found.source == source)
      let part = out.narrow(1, start: head * D, length: D)
      let written = c.form.norm == .layer ? part - part.mean(0, keep: true) : part
      let value = centred(rows(c.heads + c.keyValueHeads + source))
      try assertClose(
        found.out.matmul(found.value), written.matmul(value), tolerance: 1e-5)
      let (query, key) = (centred(rows(head)), centred(rows(c.heads + source)))
      try assertClose(
        found.query.T.matmul(found.key), query.T.matmul(key), tolerance: 1e-5)
    }
  }

  @Test func `rescaled units are told, and the signature stays`() async throws {
    let base = try WeightModels.llama()
    let scaled = try WeightModels.changed(base) { model in
      for layer in 0..<model.configuration.layers {
        let width = model.configuration.intermediateSize
        let factors = Tensor(
          (0..<width).map { Float([0.25, 0.5, 2, 4][$0 % 4]) }, shape: [width])
        let first = try #require(model.weight(at: .block(layer, .mlpIn)))
        let last = try #require(model.weight(at: .block(layer, .mlpOut)))
        first.narrow(0, start: width, length: width).mul_(factors.unsqueeze(1))
        last.copy_(last / factors)
      }
    }
    let plain = try await Conformance.checkTool(CanonicalForm.self, arguments: [:], on: base)
    let other = try await Conformance.checkTool(CanonicalForm.self, arguments: [:], on: scaled)
    #expect(plain.summary.contains("nothing says that units were rescaled"))
    #expect(other.summary.contains("units were rescaled"))
    let (before, after) = (plain.result["blocks"], other.result["blocks"])
    #expect(before != nil && JSONDifference.find(before ?? .null, after ?? .null) == nil)
  }

  @Test func `weights that are no numbers are refused`() async throws {
    let broken = try WeightModels.changed(WeightModels.llama()) { model in
      try #require(model.weight(at: .block(1, .mlpOut))).mul_(.nan)
    }
    await #expect(throws: AssayError.self) {
      try await CanonicalForm.run([:], on: WeightModels.suspect(broken))
    }
  }
}

/// Where two results differ by more than rounding.
enum JSONDifference {
  /// The path of the first difference beyond one part in a thousand; nil where there is none.
  static func find(_ a: JSONValue, _ b: JSONValue, path: String = "") -> String? {
    switch (a, b) {
    case (.number(let x), .number(let y)):
      return abs(x - y) <= 1e-3 * max(1, abs(x), abs(y)) ? nil : "\(path): \(x) for \(y)"
    case (.array(let x), .array(let y)):
      guard x.count == y.count else { return "\(path): \(x.count) for \(y.count) entries" }
      for index in x.indices {
        if let found = find(x[index], y[index], path: "\(path)[\(index)]") { return found }
      }
      return nil
    case (.object(let x), .object(let y)):
      for key in Set(x.keys).union(y.keys).sorted() {
        if let found = find(x[key] ?? .null, y[key] ?? .null, path: "\(path).\(key)") {
          return found
        }
      }
      return nil
    default: return a == b ? nil : "\(path): \(a) for \(b)"
    }
  }
}
