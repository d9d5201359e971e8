import ArgumentParser
import AssayCore
import AssayText

/// `assay world sample`: documents of SmallWorld, to read.
struct WorldSampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Shows documents of SmallWorld.",
    discussion: """
      Examples:
        assay world sample
        assay world sample --register chat --count 5 --split heldOut
      """)

  @Option(help: ArgumentHelp("Only this register.", valueName: "name"))
  var register: String?

  @Option(help: "How many documents of each register.")
  var count = 1

  @Option(help: ArgumentHelp("train or heldOut.", valueName: "split"))
  var split = "train"

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let world = SmallWorld(seed: seed.seed)
    let split = try WorldArguments.split(split)
    let registers = try register.map { [try WorldArguments.register($0)] } ?? SmallWorld.registers
    let documents = registers.flatMap { register in
      (0..<max(0, count)).map { world.document(register, index: $0, split: split) }
    }
    let console = Console.current
    if output.json {
      try console.json(["documents": documents.map(DocumentLine.init)])
      return
    }
    let ink = Ink(console)
    for document in documents {
      console.line(ink.rule("\(document.register.rawValue) \(document.index)"))
      console.line(document.text)
      console.line()
    }
  }
}
