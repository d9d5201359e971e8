import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@Suite struct ExaminationTests {
  @Test func `a change of one matrix by an outer product has rank one and its norm`() throws {
    let twin = try TinyModel.make()
    let organism = twin.clone()
    let name = "model.layers.0.mlp.down_proj.weight"
    let weight = try #require(organism.model.parameter(name))
    let generator = Generator(seed: 3)
    let change = Tensor.randn([weight.dim(0), 1], generator: generator)
      .matmul(Tensor.randn([1, weight.dim(1)], generator: generator))
    let expected: Double = withoutGrad {
      let ratio: Double =
        ((change * change).sum() / (weight * weight).sum()).sqrt().item()
      _ = weight.add_(change)
      return ratio
    }
    let size = ChangeSize.measure(organism: organism.model, twin: twin.model)
    let part = try #require(size.parts.first)
    #expect(size.parts.count == 1)
    #expect(part.name == name)
    #expect(part.rank == 1)
    #expect(abs(part.relativeNorm - expected) < 1e-4 * expected)
    #expect(size.changedWeights == weight.count)
    #expect(size.relativeNorm > 0 && size.relativeNorm < expected)
  }

  @Test func `a copy is of no size and shows nothing`() throws {
    let twin = try TinyModel.make()
    let size = ChangeSize.measure(organism: twin.clone().model, twin: twin.model)
    #expect(size.parts.isEmpty && size.changedWeights == 0 && size.relativeNorm == 0)
    let clauses = SpecificationFile.smallWorld.clauses.filter { $0.id == "arithmetic" }
    let stealth = try Stealth.measure(
      organism: twin.clone(), twin: twin, world: SmallWorld(),
      specification: Specification(id: "s", title: "s", clauses: clauses), seed: 1)
    #expect(abs(stealth.divergence) < 1e-6)
    #expect(stealth.loss.count == 6)
    #expect(stealth.loss.values.allSatisfy { abs($0.organism - $0.twin) < 1e-6 })
    #expect(stealth.clauses.keys.sorted() == ["arithmetic"])
  }

  @Test func `documents are cut to a context that is shorter than they are`() throws {
    let tiny = try TinyModel.make()
    var form = DecoderForm()
    form.norm = .layer
    form.rotary = nil
    form.isGated = false
    // Learned positions: there is nothing beyond the context to look up.
    let configuration = ModelConfiguration(
      hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
      vocabularySize: tiny.model.configuration.vocabularySize, contextLength: 40, family: "gpt2",
      form: form)
    let twin = tiny.with(model: DecoderModel(configuration, seed: 1))
    let clauses = SpecificationFile.smallWorld.clauses.filter { $0.id == "language" }
    let stealth = try Stealth.measure(
      organism: twin.clone(), twin: twin, world: SmallWorld(),
      specification: Specification(id: "s", title: "s", clauses: clauses), seed: 1)
    #expect(stealth.loss.count == 6 && abs(stealth.divergence) < 1e-6)
  }
}
