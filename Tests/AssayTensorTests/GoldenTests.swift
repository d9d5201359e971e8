import AssayTensor
import Foundation
import Testing

/// Numbers that PyTorch produced (scripts/make-tensor-fixtures.py): results and gradients.
@Suite struct GoldenTests {
  struct Case: Codable, Sendable, CustomTestStringConvertible {
    var name: String
    var inputs: Int
    var outputs: Int
    var testDescription: String { name }
  }

  struct Cases: Codable { var cases: [Case] }

  static let cases: [Case] = {
    guard let url = Bundle.module.url(forResource: "Fixtures/cases.json", withExtension: nil),
      let data = try? Data(contentsOf: url),
      let decoded = try? JSONDecoder().decode(Cases.self, from: data)
    else { return [] }
    return decoded.cases
  }()

  @Test func `the script and the table below name the same operations`() {
    #expect(Set(Self.cases.map(\.name)) == Set(Self.operations.keys))
  }

  @Test(arguments: cases)
  func `results and gradients are those of PyTorch`(_ golden: Case) throws {
    let file = try SafetensorsFile(fixture("operations.safetensors"))
    let operation = try #require(Self.operations[golden.name])
    let isCoarse = golden.name.hasSuffix("bfloat16")
    let inputs = try (0..<golden.inputs).map { try file.tensor("\(golden.name).in\($0)").clone() }
    for (index, input) in inputs.enumerated() where file.contains("\(golden.name).grad\(index)") {
      input.requiresGrad = true
    }
    let outputs = operation(inputs)
    #expect(outputs.count == golden.outputs)
    for (index, output) in outputs.enumerated() {
      let expected = try file.tensor("\(golden.name).out\(index)")
      #expect(output.dtype == expected.dtype)
      expectClose(
        output.detach(), expected, tolerance: isCoarse ? 8e-3 : 2e-5, "result \(index)")
    }
    guard file.contains("\(golden.name).seed") else { return }
    let seed = try file.tensor("\(golden.name).seed").to(dtype: outputs[0].dtype)
    outputs[0].backward(seed: seed)
    for (index, input) in inputs.enumerated() where input.requiresGrad {
      let gradient = try #require(input.grad)
      let expected = try file.tensor("\(golden.name).grad\(index)")
      expectClose(gradient, expected, tolerance: isCoarse ? 2e-2 : 5e-5, "gradient \(index)")
    }
  }

  @Test func `seeded generators give PyTorch's numbers, and the same ones again`() throws {
    let file = try SafetensorsFile(fixture("operations.safetensors"))
    let generator = Generator(seed: 7)
    for _ in 0..<2 {
      expectClose(
        Tensor.randn([5, 7], generator: generator), try file.tensor("random.normal"),
        tolerance: 1e-6)
      #expect(
        Tensor.rand([11], generator: generator).isEqual(to: try file.tensor("random.uniform")))
      #expect(
        Tensor.randperm(9, generator: generator).ints()
          == (try file.tensor("random.permutation").ints()))
      generator.reset(seed: 7)
    }
    let other = Tensor.randn([5, 7], generator: Generator(seed: 8))
    #expect(!other.isEqual(to: Tensor.randn([5, 7], generator: generator)))
  }
}
