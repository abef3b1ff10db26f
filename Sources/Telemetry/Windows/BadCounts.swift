/// How many bad readings there were of each quality. Most windows have none, and pay for none.
public struct BadCounts: Equatable, Sendable {
  /// By `Quality.rawValue`; empty without any.
  private var counts: [UInt32] = []

  public init() {}

  public var isEmpty: Bool { counts.isEmpty }

  public var total: Int64 { counts.reduce(0) { $0 + Int64($1) } }

  public subscript(quality: Quality) -> UInt32 {
    counts.isEmpty ? 0 : counts[Int(quality.rawValue)]
  }

  public mutating func add(_ count: UInt32, _ quality: Quality) {
    guard count > 0 else { return }
    if counts.isEmpty { counts = Array(repeating: 0, count: Quality.allCases.count) }
    counts[Int(quality.rawValue)] &+= count
  }

  public mutating func add(_ other: BadCounts) {
    for quality in Quality.allCases { add(other[quality], quality) }
  }
}
