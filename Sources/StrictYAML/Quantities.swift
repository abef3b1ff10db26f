import Telemetry

extension YAMLValue {
  /// A duration: a whole number with one of `ms s m h d`.
  public func duration() throws(YAMLError) -> Duration {
    let text = try string()
    guard let duration = Duration(text: text) else {
      throw error("'\(text)' is not a duration such as 500ms, 30s, 5m, 1h, 7d or 2y, and at most a thousand years")
    }
    return duration
  }

  /// A size in bytes: a whole number with one of `B KiB MiB GiB`, up to a terabyte.
  public func size() throws(YAMLError) -> Int {
    let text = try string()
    for (suffix, scale) in [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)] where text.hasSuffix(suffix)
    {
      guard let count = Int(text.dropLast(suffix.count)), (0...(1 << 40) / scale).contains(count) else { continue }
      return count * scale
    }
    throw error("'\(text)' is not a size such as 512B, 256KiB, 64MiB or 1GiB")
  }
}

extension YAMLValue {
  /// `[lowest, greatest]`, of which the first is less.
  public func numberRange() throws(YAMLError) -> ClosedRange<Double> {
    let numbers = try items().map { item throws(YAMLError) in try item.number() }
    guard numbers.count == 2, numbers[0] < numbers[1] else { throw error("expected [lowest, greatest], two numbers") }
    return numbers[0]...numbers[1]
  }
}
