extension YAMLValue {
  /// A duration: a whole number with one of `ms s m h d`.
  public func duration() throws(YAMLError) -> Duration {
    let scales = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)]
    let seconds = try scaled(scales, expected: "a duration such as 500ms, 30s, 5m, 1h or 7d")
    return .milliseconds(Int64((seconds * 1000).rounded()))
  }

  /// A size in bytes: a whole number with one of `B KiB MiB GiB`.
  public func size() throws(YAMLError) -> Int {
    let scales = [("KiB", 1024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0), ("B", 1.0)]
    return Int(try scaled(scales, expected: "a size such as 512B, 256KiB, 64MiB or 1GiB"))
  }

  private func scaled(_ scales: [(suffix: String, scale: Double)], expected: String) throws(YAMLError) -> Double {
    let text = try string()
    for (suffix, scale) in scales where text.hasSuffix(suffix) {
      guard let count = Int(text.dropLast(suffix.count)), count >= 0, Double(count) * scale < 1e12 else { continue }
      return Double(count) * scale
    }
    throw error("'\(text)' is not \(expected)")
  }
}
