// swift-tools-version: 6.1
import PackageDescription

// Core's formats and tokenizers, by links into the sources, with coverage and address checks; see run.sh.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-sanitize=fuzzer,address", "-O"]),
]

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "https://github.com/apple/swift-collections", from: "1.6.0")],
  targets: [
    .target(
      name: "CKernels",
      cSettings: [.define("NDEBUG"), .unsafeFlags(["-O1", "-fsanitize=address", "-fno-omit-frame-pointer"])]),
    .target(name: "CFiles"), .target(name: "CMemory", cSettings: [.unsafeFlags(["-fsanitize=address"])]),
    .systemLibrary(name: "CZlib"), .systemLibrary(name: "CZstd"),
    .target(
      name: "Core",
      dependencies: [
        "CKernels", "CFiles", "CMemory", "CZlib", "CZstd", .product(name: "DequeModule", package: "swift-collections"),
      ],
      exclude: ["Tokenizers/Training", "Tokenizers/Explain", "Tokenizers/Browse", "Tokenizers/Compare"],
      swiftSettings: strict),
    .executableTarget(
      name: "fuzz", dependencies: ["Core"], swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
  ],
  cLanguageStandard: .c11
)
