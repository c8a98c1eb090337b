// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
  name: "glassbox",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "glassbox", targets: ["glassbox"])],
  dependencies: [
    // The command line: options, help and usage errors as every Swift tool has them.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Deque and heap for mailboxes, queues and merges.
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    // A log file of what the program did while the screen belongs to the user.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // Themes, key maps, settings and training configurations are TOML.
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    // Conversations live in SQLite; GRDB keeps statements, migrations and threads safe.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .target(name: "CKernels", cSettings: [.define("NDEBUG", .when(configuration: .release))]),
    .systemLibrary(name: "CNcurses"),
    // Compressed data files: .gz and .zst.
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CZstd"),
    // What files need of C: two names changing places, and mapped files that are cut short while they are read.
    .target(name: "CFiles"),
    // Memory that is not to be had, where code has no way to say so.
    .target(name: "CMemory"),
    // What runs inside signal handlers: giving the terminal back after a crash.
    .target(name: "CTerminal"),
    .target(
      name: "Core",
      dependencies: [
        "CKernels", "CFiles", "CMemory", "CZlib", "CZstd",
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .target(
      name: "Trainer",
      dependencies: ["Core", "CKernels", .product(name: "TOMLKit", package: "TOMLKit")],
      swiftSettings: strict),
    .target(
      name: "Chat",
      dependencies: ["Core", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "TUI",
      dependencies: [
        "Core", "Trainer", "Chat", "CNcurses", "CTerminal",
        .product(name: "TOMLKit", package: "TOMLKit"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "glassbox",
      dependencies: [
        "Core", "Trainer", "Chat", "TUI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // Writes the conversations that the starter model is trained on (`make starter`).
    .executableTarget(name: "starter-data", path: "starter/generator", swiftSettings: strict),
    // Keeps conversations as the program does, for the script that kills it (Tests/Scripts).
    .executableTarget(
      name: "store-probe", dependencies: ["Chat", "Core"], path: "Tests/StoreProbe", swiftSettings: strict),
    // Fixtures and temporary folders, shared by the tests.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "CoreTests", dependencies: ["Core", "CKernels", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "TrainerTests", dependencies: ["Trainer", "Core", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ChatTests",
      dependencies: ["Chat", "Core", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "TUITests",
      dependencies: [
        "TUI", "CTerminal", "Core", "Trainer", "Chat", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Golden"], swiftSettings: strict),
  ],
  cLanguageStandard: .c11
)
