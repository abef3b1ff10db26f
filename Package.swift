// swift-tools-version: 6.2

import PackageDescription

/// Every target of ours: Swift 6 language mode comes with the tools version; a warning stops the build.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// `.ci/fuzz` builds the fuzz targets, with what they look into instrumented, in a build directory of its own.
let isFuzzing = Context.environment["GANGLION_FUZZ"] != nil
let fuzzed = strict + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer,address"])] : [])
let fuzzedC: [CXXSetting] = isFuzzing ? [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])] : []

let package = Package(
  name: "ganglion",
  products: [
    .executable(name: "ganglion", targets: ["ganglion"]),
    .library(name: "FaultyCalls", type: .dynamic, targets: ["CFaultyCalls"]),
  ],
  // Exact: Package.resolved is not kept, and the journal rests on how GRDB sets SQLite up.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // Debian's C and C++ libraries, each behind one header.
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    .target(
      name: "CMosquittoGuard", dependencies: ["CMosquitto"], cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "CLinux", cSettings: [.treatAllWarnings(as: .error)]),
    .target(
      name: "CSQLite", cSettings: [.treatAllWarnings(as: .error)], linkerSettings: [.linkedLibrary("sqlite3")]),
    .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CCBOR", pkgConfig: "libcbor", providers: [.apt(["libcbor-dev"])]),
    .target(
      name: "CSimdJSON",
      cxxSettings: [.treatAllWarnings(as: .error)] + fuzzedC,
      linkerSettings: [.linkedLibrary("simdjson")]),

    // The way of a reading, in its order.
    .target(name: "Telemetry", swiftSettings: fuzzed),
    .target(name: "Alerting", dependencies: ["Telemetry"], swiftSettings: fuzzed),
    .target(
      name: "StrictYAML", dependencies: ["Telemetry", .product(name: "Yams", package: "Yams")],
      swiftSettings: fuzzed),
    .target(name: "WireFormats", dependencies: ["Telemetry", "CCBOR"], swiftSettings: fuzzed),
    .target(
      name: "Sparkplug",
      dependencies: ["Telemetry", "WireFormats", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schema"], swiftSettings: fuzzed),
    .target(
      name: "DeviceCatalog", dependencies: ["Telemetry", "CSimdJSON", "Sparkplug", "StrictYAML", "WireFormats"],
      swiftSettings: fuzzed,
      plugins: ["EmbedCatalogue"]),
    .target(
      name: "DurableSQLite", dependencies: ["CSQLite", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: fuzzed),
    .target(
      name: "Ingest",
      dependencies: [
        "DurableSQLite", "Telemetry", "CLinux", "CMosquitto", "CMosquittoGuard", "CXXHash",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: fuzzed),
    .target(
      name: "Storage",
      dependencies: [
        "Alerting", "DurableSQLite", "Telemetry", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ], swiftSettings: fuzzed),
    .target(
      name: "Hooks",
      dependencies: [
        "Alerting", "Telemetry", "CLinux",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], swiftSettings: fuzzed),
    .target(
      name: "Gateway",
      dependencies: [
        "Alerting", "DeviceCatalog", "DurableSQLite", "Hooks", "Ingest", "Sparkplug", "Storage", "StrictYAML",
        "Telemetry", "WireFormats",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ], swiftSettings: fuzzed),

    // Beside it: what the demo, the bench and the tests publish with.
    .target(
      name: "Simulator",
      dependencies: [
        "Sparkplug", "Telemetry", "CMosquitto", .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], swiftSettings: strict),
    .target(name: "LoopbackBroker", dependencies: ["CLinux"], swiftSettings: strict),

    .executableTarget(
      name: "ganglion",
      dependencies: [
        "Alerting", "DeviceCatalog", "DurableSQLite", "Gateway", "Ingest", "LoopbackBroker", "Simulator", "Sparkplug",
        "Storage", "StrictYAML", "Telemetry", "WireFormats",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ], swiftSettings: strict),

    // Build tool: Devices/*.yaml into the executable.
    .executableTarget(name: "CatalogueEmbedder", swiftSettings: strict),
    .plugin(
      name: "EmbedCatalogue", capability: .buildTool(), dependencies: ["CatalogueEmbedder"],
      path: "Sources/EmbedCatalogue"),

    // Tests; servers that they need are started by them.
    .target(
      name: "TestSupport",
      dependencies: ["Simulator", "Storage", "Telemetry"], path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "AlertingTests", dependencies: ["Alerting", "Simulator", "Telemetry", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"], swiftSettings: strict),
    .testTarget(
      name: "WireFormatsTests", dependencies: ["Simulator", "Telemetry", "TestSupport", "WireFormats"],
      swiftSettings: strict),
    .testTarget(
      name: "SparkplugTests",
      dependencies: [
        "Simulator", "Sparkplug", "Telemetry", "TestSupport", "WireFormats",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], swiftSettings: strict),
    .testTarget(
      name: "DeviceCatalogTests",
      dependencies: ["DeviceCatalog", "Simulator", "StrictYAML", "Telemetry", "TestSupport", "WireFormats"],
      swiftSettings: strict),
    .testTarget(
      name: "SimulatorTests",
      dependencies: ["DeviceCatalog", "Simulator", "Sparkplug", "Telemetry", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "IngestTests",
      dependencies: [
        "DurableSQLite", "Ingest", "LoopbackBroker", "Simulator", "Telemetry", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: strict),
    .testTarget(
      name: "StorageTests",
      dependencies: [
        "Alerting", "DurableSQLite", "Simulator", "Storage", "Telemetry", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ], swiftSettings: strict),
    .testTarget(
      name: "HooksTests",
      dependencies: [
        "Alerting", "CLinux", "Hooks", "Simulator", "Telemetry", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], swiftSettings: strict),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Alerting", "DeviceCatalog", "DurableSQLite", "Gateway", "Ingest", "LoopbackBroker", "Simulator", "Storage",
        "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    // A disk for SQLite that fails, and what is run on it.
    .target(
      name: "CFaultyDisk", path: "Tests/CFaultyDisk", cSettings: [.treatAllWarnings(as: .error)],
      linkerSettings: [.linkedLibrary("sqlite3")]),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "CFaultyDisk", "DeviceCatalog", "DurableSQLite", "Gateway", "Ingest", "Simulator", "Storage", "Telemetry",
        "TestSupport", .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    // What is preloaded into a gateway whose calls to the system are to fail.
    .target(name: "CFaultyCalls", path: "Tests/CFaultyCalls", cSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "GanglionTests",
      dependencies: [
        "DurableSQLite", "ganglion", "Gateway", "LoopbackBroker", "Simulator", "Storage", "Telemetry", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)

if isFuzzing {
  package.targets.append(.target(name: "FuzzDriver", path: "Tests/Fuzz/FuzzDriver", swiftSettings: fuzzed))
  // Each target, and what it looks into.
  let looksInto: [(name: String, modules: [Target.Dependency])] = [
    ("FuzzDecoder", ["DeviceCatalog", "Telemetry"]),
    ("FuzzFormats", ["DeviceCatalog", "StrictYAML", "Telemetry", "WireFormats"]),
    ("FuzzSparkplug", ["Sparkplug", "Telemetry", "WireFormats"]),
    ("FuzzTopics", ["DeviceCatalog", "Telemetry"]),
    ("FuzzProfiles", ["DeviceCatalog", "StrictYAML", "Telemetry"]),
    ("FuzzRegistry", ["DeviceCatalog", "StrictYAML", "Telemetry"]),
    ("FuzzWords", ["DeviceCatalog", "Gateway", "StrictYAML", "Telemetry"]),
    ("FuzzConfiguration", ["Gateway", "StrictYAML", "Telemetry"]),
    ("FuzzRules", ["Alerting", "Gateway", "Hooks", "StrictYAML", "Telemetry"]),
    ("FuzzStored", ["DurableSQLite", "Ingest", "Storage", "Telemetry"]),
    ("FuzzQueries", ["Gateway", "Storage", "Telemetry"]),
  ]
  for (name, modules) in looksInto {
    package.products.append(.executable(name: name, targets: [name]))
    package.targets.append(
      .executableTarget(
        name: name, dependencies: modules + ["FuzzDriver"], path: "Tests/Fuzz/\(name)",
        swiftSettings: fuzzed + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
  }
}

/// `.ci/races ingest` builds one target with what it rests on, and leaves the server out.
if let only = Context.environment["GANGLION_ONLY"] {
  let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
  var kept: Set = [only]
  var next = [only]
  while let name = next.popLast() {
    for case .byNameItem(let dependency, _) in targets[name]?.dependencies ?? []
    where kept.insert(dependency).inserted {
      next.append(dependency)
    }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products = []
}
