/// How many bad readings there were of each quality. Most windows have none, and pay for none.
public struct BadCounts: Equatable, Sendable {
  /// By `Quality.rawValue`; empty without any.
  private var counts: [UInt32] = []

  public init() {}

  /// No bad reading at all.
  public var isEmpty: Bool { counts.isEmpty }

  /// Of all qualities together.
  public var total: Int64 { counts.reduce(0) { $0 + Int64($1) } }

  /// How many there were of one quality.
  public subscript(quality: Quality) -> UInt32 {
    counts.isEmpty ? 0 : counts[Int(quality.rawValue)]
  }

  /// Counts readings of one quality.
  public mutating func add(_ count: UInt32, _ quality: Quality) {
    guard count > 0 else { return }
    if counts.isEmpty { counts = Array(repeating: 0, count: Quality.allCases.count) }
    counts[Int(quality.rawValue)] &+= count
  }

  /// Takes in the counts of another window.
  public mutating func add(_ other: BadCounts) {
    for quality in Quality.allCases { add(other[quality], quality) }
  }
}
