/// The newest reading of a series, good or bad.
public struct LatestReading: Equatable, Sendable {
  public var time: Timestamp
  public var receivedAt: Timestamp
  public var quality: Quality
  public var value: Double

  public init(time: Timestamp, receivedAt: Timestamp, quality: Quality, value: Double) {
    self.time = time
    self.receivedAt = receivedAt
    self.quality = quality
    self.value = value
  }
}

/// The newest reading of a series, for the store.
public struct LatestChange: Equatable, Sendable {
  public var series: SeriesID
  public var reading: LatestReading
  /// The store cannot have a newer one.
  public var isNewest: Bool

  public init(series: SeriesID, reading: LatestReading, isNewest: Bool = false) {
    self.series = series
    self.reading = reading
    self.isNewest = isNewest
  }
}

/// The newest readings that have changed since the last checkpoint, by series number.
///
/// A reading is newer by its event time; of equal times the one that came later wins. What the store holds is compared
/// again when it is written, so nothing needs to be loaded here.
public struct LatestTable {
  private var readings: [LatestReading] = []
  private var isDirty: [Bool] = []
  private var dirty: [SeriesID] = []
  /// By series: the store has what stood here at some checkpoint, so that what stands here now is no older than it.
  private var isStored: [Bool] = []

  public init() {}

  /// Takes the readings of one message in.
  public mutating func update(_ samples: UnsafeBufferPointer<Sample>, receivedAt: Timestamp) {
    for sample in samples {
      let index = Int(sample.series.rawValue)
      if index >= readings.count { grow(through: index) }
      guard sample.time >= readings[index].time else { continue }
      readings[index] = LatestReading(
        time: sample.time, receivedAt: receivedAt, quality: sample.quality, value: sample.value)
      if !isDirty[index] {
        isDirty[index] = true
        dirty.append(sample.series)
      }
    }
  }

  /// What has changed since the last call of `checkpointed`, in the order of the series.
  public mutating func changes() -> [LatestChange] {
    dirty.sort()
    return dirty.map {
      LatestChange(series: $0, reading: readings[Int($0.rawValue)], isNewest: isStored[Int($0.rawValue)])
    }
  }

  /// To be called once what `changes` gave is in the store.
  ///
  /// - Parameter outdone: series of which the store has a newer reading, which stays.
  public mutating func checkpointed(outdone: [SeriesID] = []) {
    for series in dirty {
      isDirty[Int(series.rawValue)] = false
      isStored[Int(series.rawValue)] = true
    }
    for series in outdone { isStored[Int(series.rawValue)] = false }
    dirty.removeAll(keepingCapacity: true)
  }

  private mutating func grow(through index: Int) {
    let none = LatestReading(
      time: Timestamp(microseconds: .min), receivedAt: Timestamp(microseconds: .min), quality: .missing, value: 0)
    let missing = index + 1 - readings.count
    readings.append(contentsOf: repeatElement(none, count: missing))
    isDirty.append(contentsOf: repeatElement(false, count: missing))
    isStored.append(contentsOf: repeatElement(false, count: missing))
  }
}
