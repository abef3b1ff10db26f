import Telemetry

/// The last readings of one series, as far as a rate needs them: how much it grew per span.
///
/// Invariants
/// - Entries stand in the order of time, and lie at most twice the span behind the newest reading.
/// - Of readings in one eighth of the span, counted from the phase, the first is kept, and the newest of all: a rate is
///   taken over at most an eighth more than the span for that, and there are never more than `mostEntries`.
/// - A counter's entries are what it grew by since the memory began, resets taken out. Its newest level is counted from
///   its anchor, the last entry or the first reading behind a reset: so what the bytes hold changes eight times in a
///   span and not with each reading, and the newest reading, which the store has anyway, makes the same level again.
public struct RateMemory: Equatable, Sendable {
  struct Entry: Equatable, Sendable {
    var time: Int64
    /// A gauge's value, or a counter's growth.
    var level: Double
  }

  static let cellsInSpan: Int64 = 8
  static let mostEntries = 2 * Int(cellsInSpan) + 2

  private(set) var entries: [Entry] = []
  /// Of the newest reading, as it came.
  private var newestValue = 0.0
  private var newest = Entry(time: .min, level: 0)
  private var anchorValue = 0.0
  private var anchor = Entry(time: .min, level: 0)

  public init() {}

  /// Takes the newest good reading in; one that is not later than all before changes nothing.
  ///
  /// - Parameters:
  ///   - modulus: where a counter begins anew; 0 for none.
  ///   - phase: a number of the series' own, always the same: the memories of many series are not to be kept anew all at
  ///     one moment.
  /// - Returns: whether its bytes are to be kept anew. Those kept before, and the newest reading, make the same memory.
  @discardableResult
  public mutating func add(
    _ value: Double, at time: Timestamp, spanMicroseconds span: Int64, kind: MetricKind, modulus: Double = 0,
    phase: Int64 = 0
  ) -> Bool {
    guard time.microseconds > newest.time else { return false }
    let isReset = kind == .counter && newest.time != .min && value < newestValue
    newest = Entry(
      time: time.microseconds, level: kind == .counter ? level(of: value, isReset: isReset, modulus) : value)
    newestValue = value
    let cell = Swift.max(1, span / Self.cellsInSpan)
    let oldest = newest.time - 2 * span
    if let first = entries.first, first.time < oldest { entries.removeAll { $0.time < oldest } }
    let offset = phase % cell
    let place = Self.cell(newest.time - offset, cell)
    let isEntry = entries.last.map { Self.cell($0.time - offset, cell) != place } ?? true
    guard isEntry || isReset else { return false }
    if isEntry { entries.append(newest) }
    (anchorValue, anchor) = (newestValue, newest)
    return true
  }

  /// Keeps the newest reading in the bytes, since one is newer that says nothing.
  ///
  /// - Returns: as `add` does.
  public mutating func settle() -> Bool {
    guard anchor != newest else { return false }
    (anchorValue, anchor) = (newestValue, newest)
    return true
  }

  private func level(of value: Double, isReset: Bool, _ modulus: Double) -> Double {
    if newest.time == .min { return value }
    return isReset
      ? newest.level + Counter.increase(from: newestValue, to: value, modulus: modulus)
      : anchor.level + (value - anchorValue)
  }

  private static func cell(_ time: Int64, _ length: Int64) -> Int64 {
    time / length - (time % length < 0 ? 1 : 0)
  }

  /// What it grew by per span between the newest reading and the newest one that lies at least the span before it; nil
  /// without one.
  public func rate(perMicroseconds span: Int64) -> Double? {
    guard newest.time != .min,
      let base = entries.last(where: { $0.time <= newest.time - span })
    else { return nil }
    return (newest.level - base.level) * (Double(span) / Double(newest.time - base.time))
  }

  // MARK: Bytes

  private static let version: UInt8 = 1
  private static let entryBytes = 16

  /// A version, the anchor's value, the anchor, then the entries; all little endian.
  public var bytes: [UInt8] {
    var bytes = [Self.version]
    func append(_ bits: UInt64) { withUnsafeBytes(of: bits.littleEndian) { bytes.append(contentsOf: $0) } }
    append(anchorValue.bitPattern)
    for entry in [anchor] + entries {
      append(UInt64(bitPattern: entry.time))
      append(entry.level.bitPattern)
    }
    return bytes
  }

  /// Nil for bytes that are no memory.
  public init?(bytes: [UInt8]) {
    let head = 9 + Self.entryBytes
    guard bytes.count >= head, bytes[0] == Self.version, (bytes.count - head) % Self.entryBytes == 0,
      (bytes.count - head) / Self.entryBytes <= Self.mostEntries
    else { return nil }
    let numbers = stride(from: 1, to: bytes.count, by: 8).map { at in
      (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
    anchorValue = Double(bitPattern: numbers[0])
    newestValue = anchorValue
    let all = stride(from: 1, to: numbers.count, by: 2).map {
      Entry(time: Int64(bitPattern: numbers[$0]), level: Double(bitPattern: numbers[$0 + 1]))
    }
    guard zip(all.dropFirst(), all.dropFirst(2)).allSatisfy({ $0.time < $1.time }),
      all.dropFirst().allSatisfy({ $0.time <= all[0].time })
    else { return nil }
    (anchor, newest) = (all[0], all[0])
    entries = Array(all.dropFirst())
  }
}
