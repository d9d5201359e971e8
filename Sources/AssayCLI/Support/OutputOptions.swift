import ArgumentParser
import AssayCore

/// How a command answers: for a person, or as one line of JSON for a program.
struct OutputOptions: ParsableArguments {
  @Flag(
    name: .long,
    help: "Print one JSON object as the last line of standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false
}

/// Which random choices a command makes.
struct SeedOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("The seed of every random choice: same seed, same result.", valueName: "n"))
  var seed: UInt64 = 1
}
