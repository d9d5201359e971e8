// swift-tools-version: 6.2
import PackageDescription

// Timings against Python peers, apart from the main package so that nobody who builds Assay builds
// this. scripts/bench.py runs it; see CONTRIBUTING.md.
let package = Package(
  name: "assay-benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "assay", path: "..")],
  targets: [
    .executableTarget(
      name: "assay-bench",
      dependencies: [
        .product(name: "AssayModels", package: "assay"),
        .product(name: "AssayTensor", package: "assay"),
      ],
      swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
  ],
  swiftLanguageModes: [.v6]
)
