import AssayCore
import AssayModels
import AssayTensor
import AssayText
import Foundation
import Testing

@Suite struct BaseTrainingTests {
  private var tiny: BaseRecipe {
    var recipe = BaseRecipe.smallworld1m
    recipe.name = "tiny"
    recipe.vocabularySize = 300
    recipe.tokenizerBytes = 20_000
    recipe.hiddenSize = 16
    recipe.layers = 1
    recipe.intermediateSize = 24
    recipe.batchRows = 2
    recipe.batchLength = 24
    recipe.contextLength = 48
    recipe.training.steps = 3
    recipe.training.quiet = true
    return recipe
  }

  @Test func `a recipe trains and saves a model that loads and speaks, twice the same`() throws {
    let scratch = try ScratchDirectory()
    let first = scratch.url.appendingPathComponent("first")
    let second = scratch.url.appendingPathComponent("second")
    try BaseTraining.run(tiny, out: first, quiet: true)
    try BaseTraining.run(tiny, out: second, quiet: true)
    for name in ["model.safetensors", "tokenizer.json", "config.json", "generation_config.json"] {
      let (a, b) = (first.appendingPathComponent(name), second.appendingPathComponent(name))
      #expect(try Data(contentsOf: a) == Data(contentsOf: b), "\(name)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    #expect(names.sorted() == ["first", "second"])
    let bundle = try ModelBundle.load(first)
    #expect(bundle.endOfSequence.count == 2)
    let said = try TextGenerator(bundle).generate(
      prompts: ["The"], options: GenerationOptions(maxNewTokens: 4, stop: []))
    #expect(said[0].tokens.count == 4)
  }

  @Test func `a recipe may name another family, whose model loads as it was trained`() throws {
    let scratch = try ScratchDirectory()
    let out = scratch.url.appendingPathComponent("model")
    var recipe = tiny
    (recipe.family, recipe.keyValueHeads) = ("gpt_neox", recipe.heads)
    try BaseTraining.run(recipe, out: out, quiet: true)
    let loaded = try ModelBundle.load(out).model.configuration
    var trained = try recipe.modelConfiguration()
    trained.endOfSequence = loaded.endOfSequence
    #expect(loaded == trained)
    recipe.keyValueHeads = 1
    expectError(.badInput, "heads of the family 'gpt_neox'") {
      _ = try recipe.modelConfiguration()
    }
    recipe.family = "gemma2"
    expectError(.unsupported, "no new model of the family 'gemma2'") {
      _ = try recipe.modelConfiguration()
    }
  }

  @Test func `unfinished work of another recipe is not mixed in`() throws {
    let scratch = try ScratchDirectory()
    let out = scratch.url.appendingPathComponent("model")
    let work = scratch.url.appendingPathComponent("model.training")
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)
    try Data("{}".utf8).write(to: work.appendingPathComponent("recipe.json"))
    expectError(.badInput, "another recipe") {
      try BaseTraining.run(tiny, out: out, quiet: true)
    }
  }

  @Test func `recipes have the sizes that their names say`() throws {
    let sizes = try BaseRecipe.all.map { try $0.modelConfiguration().parameterCount }
    #expect((900_000...1_300_000).contains(sizes[0]), "\(sizes[0])")
    #expect((1_600_000...2_400_000).contains(sizes[1]), "\(sizes[1])")
    #expect((3_800_000...4_700_000).contains(sizes[2]), "\(sizes[2])")
    for recipe in BaseRecipe.all {
      #expect(try BaseRecipe.named(recipe.name) == recipe)
      let data = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(BaseRecipe.self, from: data) == recipe)
    }
    expectError(.notFound, "no recipe") { _ = try BaseRecipe.named("smallworld-9t") }
  }
}
