extension Duration {
  /// Reads a whole number with one of `ms s m h d`: `500ms`, `30s`, `5m`, `1h`, `7d`. Nil for anything else, and beyond
  /// a thousand years.
  public init?(text: some StringProtocol) {
    let milliseconds: [(suffix: String, scale: Int64)] = [
      ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    for (suffix, scale) in milliseconds where text.hasSuffix(suffix) {
      guard let count = Int64(text.dropLast(suffix.count)), count >= 0 else { continue }
      let (product, overflow) = count.multipliedReportingOverflow(by: scale)
      guard !overflow, product <= 1000 * 366 * 86_400_000 else { return nil }
      self = .milliseconds(product)
      return
    }
    return nil
  }
}
