// swift-tools-version: 6.2
import Foundation
import PackageDescription

// libtorch lives in .deps (see scripts/setup): headers to compile against, libraries to link and run with.
let torch = "\(Context.packageDirectory)/.deps/torch"
let torchHeaders = ["-I\(torch)/include", "-I\(torch)/include/torch/csrc/api/include"]
let torchLibraries = [
  "-L\(torch)/lib", "-ltorch_cpu", "-lc10",
  "-Xlinker", "-rpath", "-Xlinker", "\(torch)/lib",
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
// Apple's systems have CryptoKit.
let openssl = Target.Dependency.target(name: "COpenSSL", condition: .when(platforms: [.linux]))
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let flyingFox: [Target.Dependency] = [
  .product(name: "FlyingFox", package: "FlyingFox"),
  .product(name: "FlyingSocks", package: "FlyingFox"),
]
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A library target of layer `layer`, and what it may import from below.
struct Room {
  var name: String
  var dependencies: [Target.Dependency]
  var resources: [Resource] = []
  var testResources: [Resource] = []
  var testDependencies: [Target.Dependency] = []
  var hasTests = true
}

let rooms: [Room] = [
  // layer 0
  Room(name: "AssayCore", dependencies: [openssl]),
  // layer 1
  Room(
    name: "AssayTensor", dependencies: ["CTorch", "AssayCore"],
    testResources: [.copy("Fixtures")]),
  Room(
    name: "AssayText", dependencies: ["CPCRE2", "AssayCore"],
    testResources: [.copy("Fixtures")]),
  Room(name: "AssayStore", dependencies: ["AssayCore", grdb]),
  Room(name: "AssayChat", dependencies: ["AssayCore"], testDependencies: ["AssayTesting"]),
  // layer 2
  Room(
    name: "AssayModels", dependencies: ["AssayTensor", "AssayText", "AssayCore"],
    resources: [.copy("Shipped")], testResources: [.copy("Fixtures")],
    testDependencies: ["AssayTesting"]),
  // layer 3
  Room(
    name: "AssayGame",
    dependencies: ["AssayModels", "AssayStore", "AssayTensor", "AssayText", "AssayCore", yams],
    testDependencies: ["AssayTesting"]),
  Room(
    name: "AssayServe", dependencies: ["AssayModels", "AssayText", "AssayCore"] + flyingFox,
    testDependencies: ["AssayTesting"]),
  // layer 4
  Room(name: "AssayAttacks", dependencies: ["AssayGame"], testDependencies: ["AssayTesting"]),
  Room(name: "AssayTools", dependencies: ["AssayGame"], testDependencies: ["AssayTesting"]),
  Room(
    name: "AssayAuditors", dependencies: ["AssayGame", "AssayChat"],
    testDependencies: ["AssayTesting"]),
  Room(
    name: "AssayJudges", dependencies: ["AssayGame", "AssayChat"],
    testDependencies: ["AssayTesting"]),
  // layer 5
  Room(
    name: "AssayArena",
    dependencies: [
      "AssayAttacks", "AssayTools", "AssayAuditors", "AssayJudges", "AssayGame",
    ], testResources: [.copy("Fixtures")], testDependencies: ["AssayTesting"]),
  // layer 6
  Room(
    name: "AssayCLI", dependencies: ["AssayArena", "AssayServe", argumentParser],
    testDependencies: ["AssayTesting"]),
  // beside the layers: shipped for those who write attacks, tools, auditors and judges
  Room(name: "AssayTesting", dependencies: ["AssayGame"], hasTests: false),
]

// ASSAY_STRICT=1 turns the warnings of our own modules into errors, as the tests do.
let strictness: [SwiftSetting] =
  Context.environment["ASSAY_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : []
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")] + strictness

// ASSAY_ONLY=AssayCore,AssayText builds and tests just those rooms.
let only = Context.environment["ASSAY_ONLY"].map { Set($0.split(separator: ",").map(String.init)) }

var targets: [Target] = [
  .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .target(
    name: "CTorch",
    // Optimised in debug builds too: the fused kernels are what training in tests waits for.
    cxxSettings: [.unsafeFlags(torchHeaders + ["-w", "-O2", "-g0", "-DAT_PER_OPERATOR_HEADERS"])],
    linkerSettings: [.unsafeFlags(torchLibraries)]),
]
for room in rooms where only?.contains(room.name) ?? true {
  targets.append(
    .target(
      name: room.name, dependencies: room.dependencies, resources: room.resources,
      swiftSettings: settings))
  if room.hasTests {
    targets.append(
      .testTarget(
        name: "\(room.name)Tests",
        dependencies: [.byName(name: room.name)] + room.testDependencies,
        resources: room.testResources, swiftSettings: settings))
  }
}
if only == nil {
  targets.append(
    .executableTarget(name: "assay", dependencies: ["AssayCLI"], swiftSettings: settings))
}

let package = Package(
  name: "assay",
  platforms: [.macOS(.v14)],
  products: only == nil
    ? [
      .executable(name: "assay", targets: ["assay"]),
      .library(name: "AssayModels", targets: ["AssayModels"]),
      .library(name: "AssayTensor", targets: ["AssayTensor"]),
    ] : [],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", .upToNextMinor(from: "0.27.1")),
  ],
  targets: targets,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
