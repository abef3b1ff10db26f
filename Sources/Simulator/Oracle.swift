import Telemetry

/// What the gateway must know in the end, per series and window, from what the broker acknowledged.
///
/// It is slow and obvious on purpose: it keeps every reading, and adds up when asked.
///
/// Invariants
/// - Readings are added in the order in which the gateway gets them: of equal times the one that came first is the first.
/// - A good reading of a series, time and value that came before is a repeat where the device's identity is `time`;
///   bad readings are never repeats of each other. Messages with ids come without readings where they are repeats.
/// - Readings that are timed by the receipt are in no window, since only the gateway knows the moment; their series
///   have totals over all windows in place of them.
public struct Oracle: Sendable {
  public struct Key: Hashable, Comparable, Sendable {
    public let device: String
    public let metric: String
    /// Seconds since 1970.
    public let windowStart: Int64

    public init(device: String, metric: String, windowStart: Int64) {
      self.device = device
      self.metric = metric
      self.windowStart = windowStart
    }

    public static func < (left: Key, right: Key) -> Bool {
      (left.device, left.metric, left.windowStart) < (right.device, right.metric, right.windowStart)
    }
  }

  /// One device's metric.
  public struct Series: Hashable, Sendable {
    public let device: String
    public let metric: String

    public init(device: String, metric: String) {
      self.device = device
      self.metric = metric
    }
  }

  /// Readings of a series over all windows.
  public struct Total: Equatable, Sendable {
    public var goodCount = 0
    public var badCount = 0

    public init() {}
  }

  /// One series in one window.
  public struct Window: Sendable {
    public private(set) var good: [(time: Timestamp, value: KnownReading.Value)] = []
    public fileprivate(set) var badCount = 0
    private var known: Set<Known> = []

    private struct Known: Hashable {
      let time: Timestamp
      let value: KnownReading.Value
    }

    fileprivate mutating func add(_ value: KnownReading.Value, at time: Timestamp, dropsRepeats: Bool) {
      if !known.insert(Known(time: time, value: value)).inserted, dropsRepeats { return }
      good.append((time, value))
    }
  }

  public private(set) var windows: [Key: Window] = [:]
  /// Of series whose readings are timed by the receipt.
  public private(set) var totals: [Series: Total] = [:]
  /// Messages acknowledged, and those of them that cannot be decoded.
  public private(set) var messages = 0
  public private(set) var undecodable = 0
  /// Readings in the messages, repeats included.
  public private(set) var readings = 0
  private let keepsReadings: Bool

  /// - Parameter keepsReadings: false for counts only, which take no memory.
  public init(keepsReadings: Bool = true) {
    self.keepsReadings = keepsReadings
  }

  public mutating func add(_ message: SimulatedMessage) {
    messages += 1
    if message.fate == .refused { undecodable += 1 }
    readings += message.readings.count
    guard keepsReadings else { return }
    for reading in message.readings {
      if message.isTimedByReceipt { addToTotal(reading) } else { addToWindow(reading, message.identity == .time) }
    }
  }

  private mutating func addToTotal(_ reading: KnownReading) {
    let series = Series(device: reading.device, metric: reading.metric)
    if reading.value == .bad {
      totals[series, default: Total()].badCount += 1
    } else {
      totals[series, default: Total()].goodCount += 1
    }
  }

  private mutating func addToWindow(_ reading: KnownReading, _ dropsRepeats: Bool) {
    let seconds = reading.time.microseconds / 1_000_000
    let key = Key(device: reading.device, metric: reading.metric, windowStart: seconds / 60 * 60)
    if reading.value == .bad {
      windows[key, default: Window()].badCount += 1
    } else {
      windows[key, default: Window()].add(reading.value, at: reading.time, dropsRepeats: dropsRepeats)
    }
  }
}

extension Oracle.Window {
  /// The earliest value; of several at one time the one that was sent first.
  public var first: KnownReading.Value? {
    let time = good.map(\.time).min()
    return good.first { $0.time == time }?.value
  }

  /// The latest value; of several at one time the one that was sent last.
  public var last: KnownReading.Value? {
    let time = good.map(\.time).max()
    return good.last { $0.time == time }?.value
  }
}
