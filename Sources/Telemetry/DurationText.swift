extension Duration {
  /// Reads a whole number with one of `ms s m h d y`: `500ms`, `30s`, `5m`, `1h`, `7d`, `2y`. A
  /// year has 365 days. Nil for anything else, and beyond
  /// a thousand years.
  public init?(text: some StringProtocol) {
    for (suffix, scale) in Self.milliseconds where text.hasSuffix(suffix) {
      guard let count = Int64(text.dropLast(suffix.count)), count >= 0 else { continue }
      let (product, overflow) = count.multipliedReportingOverflow(by: scale)
      guard !overflow, product <= 1000 * 366 * 86_400_000 else { return nil }
      self = .milliseconds(product)
      return
    }
    return nil
  }

  private static let milliseconds: [(suffix: String, scale: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("y", 365 * 86_400_000),
  ]

  /// As it is read, in the greatest unit that leaves no rest.
  public var text: String {
    let whole = microseconds / 1000
    let (suffix, scale) = Self.milliseconds.last { whole % $0.scale == 0 && whole >= $0.scale } ?? Self.milliseconds[0]
    return "\(whole / scale)\(suffix)"
  }
}
