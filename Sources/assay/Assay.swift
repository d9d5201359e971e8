import AssayCLI
import Foundation

/// The program's entry point.
@main
struct Assay {
  static func main() async {
    exit(await AssayTool.run(Array(CommandLine.arguments.dropFirst())))
  }
}
