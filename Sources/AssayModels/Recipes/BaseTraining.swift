import AssayCore
import AssayTensor
import AssayText
import Foundation

/// Trains the base models that everything else starts from.
public enum BaseTraining {
  /// Trains tokenizer and model as `recipe` says and saves a bfloat16 Hugging Face directory at `out`.
  ///
  /// Work in progress is kept in `<out>.training` beside it (tokenizer, checkpoint, recipe) and a run
  /// with the same recipe resumes there, to the same result. `resume` false starts over. The folder
  /// is removed when the model is saved.
  @discardableResult
  public static func run(
    _ recipe: BaseRecipe, out: URL, resume: Bool = true, quiet: Bool = false
  ) throws -> TrainingRecord {
    let files = FileManager.default
    let work = URL(fileURLWithPath: out.path + ".training")
    if !resume { try? files.removeItem(at: work) }
    try prepare(work, recipe)
    let world = SmallWorld(seed: recipe.worldSeed)
    let tokenizer = try tokenizer(recipe, world, at: work, quiet: quiet)
    let (model, source) = try start(recipe, world, tokenizer)
    var training = recipe.training
    training.quiet = quiet
    let trainer = Trainer(
      training, checkpoint: work.appendingPathComponent("checkpoint.safetensors"))
    let record = try trainer.run(model, source: source)
    let stop = ["<|endoftext|>", "<|end|>"].compactMap { tokenizer.id(of: $0) }
    try ModelBundle(
      model: model, tokenizer: tokenizer, stop: stop, chatTemplate: ChatMarkup.template
    ).save(to: out, dtype: .bfloat16)
    try? files.removeItem(at: work)
    return record
  }

  /// The untrained model of a recipe and the batches it learns from.
  public static func start(
    _ recipe: BaseRecipe, _ world: SmallWorld, _ tokenizer: Tokenizer
  ) throws -> (model: DecoderModel, source: PackedStream) {
    var form = try recipe.modelConfiguration()
    form.endOfSequence = tokenizer.endOfText.map { [$0] } ?? []
    let model = DecoderModel(form, seed: recipe.seed)
    let weights = mixture(recipe)
    let source = try PackedStream(
      tokenizer, rows: recipe.batchRows, length: recipe.batchLength
    ) {
      var stream = world.stream(registers: weights, split: .train, seed: recipe.seed)
      return AnyIterator { stream.next()?.text }
    }
    return (model, source)
  }

  /// Learns the recipe's tokenizer from the beginning of its training stream.
  public static func trainTokenizer(
    _ recipe: BaseRecipe, _ world: SmallWorld, quiet: Bool = false
  ) throws -> Tokenizer {
    var stream = world.stream(registers: mixture(recipe), split: .train, seed: recipe.seed)
    var bytes = 0
    let texts = AnyIterator<String> {
      guard bytes < recipe.tokenizerBytes, let text = stream.next()?.text else { return nil }
      bytes += text.utf8.count
      return text
    }
    let progress = Progress(
      "tokenizer", total: recipe.vocabularySize - 256 - BaseRecipe.specialTokens.count,
      unit: "merges", quiet: quiet)
    defer { progress.finish() }
    let tokenizer = try Tokenizer.train(
      texts, vocabularySize: recipe.vocabularySize, specialTokens: BaseRecipe.specialTokens,
      progress: progress)
    guard tokenizer.vocabularySize <= recipe.vocabularySize else {
      throw AssayError(
        .badInput,
        "the tokenizer learned \(tokenizer.vocabularySize) tokens, not "
          + "\(recipe.vocabularySize)")
    }
    return tokenizer
  }

  private static func mixture(_ recipe: BaseRecipe) -> [Register: Double] {
    Dictionary(uniqueKeysWithValues: recipe.mixture.map { (Register(rawValue: $0), $1) })
  }

  /// Makes the folder for work in progress, or checks that it belongs to the same recipe.
  private static func prepare(_ work: URL, _ recipe: BaseRecipe) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let wanted = try encoder.encode(recipe)
    let note = work.appendingPathComponent("recipe.json")
    if let found = try? Data(contentsOf: note), found != wanted {
      throw AssayError(
        .badInput, "'\(work.path)' holds an unfinished training with another recipe",
        hint: "delete that folder to start over")
    }
    do {
      try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot create '\(work.path)'", hint: "choose a folder that you may write to")
    }
    try AtomicFile.write(wanted, to: note)
  }

  private static func tokenizer(
    _ recipe: BaseRecipe, _ world: SmallWorld, at work: URL, quiet: Bool
  ) throws -> Tokenizer {
    let file = work.appendingPathComponent("tokenizer.json")
    if FileManager.default.fileExists(atPath: file.path) { return try Tokenizer(json: file) }
    let tokenizer = try trainTokenizer(recipe, world, quiet: quiet)
    try tokenizer.save(to: file)
    return tokenizer
  }
}
