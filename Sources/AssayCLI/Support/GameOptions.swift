import ArgumentParser
import AssayArena

/// What is planted, on what.
struct PlantOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The clean model: a shipped or pulled model's name, or a folder.", valueName: "model"))
  var base = "smallworld-4m"

  @Option(
    help: ArgumentHelp(
      "The attack, or a control: exact-copy, benign-fine-tune, symmetry-only.", valueName: "name"))
  var attack: String

  @OptionGroup var options: OptionAssignments

  @Option(
    name: .customLong("hide"), parsing: .singleValue,
    help: ArgumentHelp(
      "A way of hiding what was planted, with options; may be repeated, applied in order.",
      valueName: "name:key=value,…"))
  var hiding: [String] = []

  /// What these flags ask for, with those that stand beside them.
  func request(_ specification: SpecificationOptions, _ seed: SeedOptions) throws -> PlantRequest {
    PlantRequest(
      attack: attack, base: base, options: try options.object(),
      hiding: try hiding.map { try HidingRequest(parsing: $0) },
      specification: specification.specification, seed: seed.seed)
  }
}

/// Who audits, and what it may do.
struct AuditOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The auditor.", valueName: "name"))
  var auditor = "survey"

  @Option(
    help: ArgumentHelp(
      "The rules: a preset that `assay rules list` shows, or a YAML file.", valueName: "rules"))
  var rules = "open"
}

/// What the model is meant to do.
struct SpecificationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the model is meant to do. (default: SmallWorld's)", valueName: "file.yaml"))
  var specification: String?
}

/// Who judges.
struct JudgeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The judge.", valueName: "name"))
  var judge = "mechanical"
}
