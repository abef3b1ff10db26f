import Foundation

/// The number of an environment variable, or a default.
public func setting(_ name: String, default standard: Int) -> Int {
  ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
}

/// A seed for a random test: from `GANGLION_SEED`, or a new one, printed so that a failure can be had again.
public func testSeed(_ test: String = #function) -> UInt64 {
  let seed = ProcessInfo.processInfo.environment["GANGLION_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<(1 << 48))
  print("\(test): GANGLION_SEED=\(seed)")
  return seed
}

/// A folder of the shared conformance data; nil where it is absent, and tests that read it are skipped.
public func conformanceFolder(_ name: String) -> URL? {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/conformance/\(name)").standardized
  return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
}
