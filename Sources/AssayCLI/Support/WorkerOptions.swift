import ArgumentParser

/// How many processes play a tournament.
struct WorkerOptions: ParsableArguments {
  @Option(help: "Worker processes at a time. (default: the file's, or as many as cores allow)")
  var workers: Int?

  func validate() throws {
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers must be from 1 to 1024")
    }
  }
}
