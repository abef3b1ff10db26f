/// The newest readings, so that clients read each at its own pace, and one that comes back goes on where it was.
///
/// Invariants
/// - Readings stand in the order of their places, each once. Where some were not kept stands a gap in their place.
/// - Readings and gaps are numbered from 0 on, without holes; those from `first` to before `end` are there, at most
///   `limit` of them. The oldest go first.
/// - Between `begins` and `place` nothing was taken in that is neither there nor in a gap.
struct ReadingBuffer {
  /// Readings that nobody can have any more.
  struct Gap: Equatable {
    let from: StreamPlace
    let to: StreamPlace
  }

  /// What stands at a number.
  enum Found {
    /// Some of them, and where to go on: by number and by place.
    case readings(ArraySlice<StreamedReading>, next: Int, place: StreamPlace)
    case gap(Gap, next: Int)
    /// Nothing yet.
    case nothing
    /// It has gone.
    case gone
  }

  fileprivate struct Batch {
    let first: Int
    /// Before its readings; it has a number too.
    let gap: Gap?
    let readings: [StreamedReading]
    let endsAt: StreamPlace

    var firstReading: Int { first + (gap == nil ? 0 : 1) }
    var end: Int { firstReading + readings.count }
  }

  let limit: Int
  private var batches: [Batch] = []
  private(set) var first = 0
  private(set) var end = 0
  /// The oldest one behind which nothing is missing but what gaps tell; nil before the first batch.
  private(set) var begins: StreamPlace?
  /// Up to here all has been handed over; nil before the first batch.
  private(set) var place: StreamPlace?

  /// - Parameter limit: readings and gaps that are kept.
  init(limit: Int) {
    self.limit = limit
  }

  /// - Returns: what has gone to make room, for whoever wants to free it elsewhere.
  mutating func append(_ batch: ReadingBatch) -> [[StreamedReading]] {
    let gap = place.flatMap { $0 < batch.beginsAt ? Gap(from: $0, to: batch.beginsAt) : nil }
    if begins == nil { begins = batch.beginsAt }
    place = batch.endsAt
    if gap != nil || !batch.readings.isEmpty {
      batches.append(Batch(first: end, gap: gap, readings: batch.readings, endsAt: batch.endsAt))
      end = batches[batches.count - 1].end
    }
    return trim()
  }

  private mutating func trim() -> [[StreamedReading]] {
    guard end - first > limit else { return [] }
    first = end - limit
    let gone = batches.prefix { $0.end <= first }
    begins = batch(of: first - 1)?.place(behind: first - 1) ?? begins
    batches.removeFirst(gone.count)
    return gone.map(\.readings)
  }

  /// What stands at a number and behind it.
  ///
  /// - Parameter most: readings.
  func find(_ number: Int, atMost most: Int) -> Found {
    guard number >= first else { return .gone }
    guard let batch = batch(of: number) else { return .nothing }
    if let gap = batch.gap, number == batch.first { return .gap(gap, next: number + 1) }
    let from = number - batch.firstReading
    let to = min(batch.readings.count, from + most)
    return .readings(
      batch.readings[from..<to], next: batch.firstReading + to,
      place: to == batch.readings.count ? batch.endsAt : batch.readings[to - 1].place.next)
  }

  /// Where a client goes on that has come to a place.
  ///
  /// - Returns: a number, and what it has missed; nil where the place is not reached yet.
  func resume(at wanted: StreamPlace) -> (number: Int, missed: Gap?)? {
    guard let begins, let place, wanted <= place else { return nil }
    guard begins <= wanted else { return (first, Gap(from: wanted, to: begins)) }
    guard let batch = batches.first(where: { wanted < $0.endsAt }) else { return (end, nil) }
    // A gap that the place lies in, or before, is told.
    if let gap = batch.gap, wanted < gap.to { return (max(first, batch.first), nil) }
    let index = batch.readings.partitioningIndex { $0.place >= wanted }
    return (max(first, batch.firstReading + index), nil)
  }

  private func batch(of number: Int) -> Batch? {
    let index = batches.partitioningIndex { $0.end > number }
    return index < batches.count ? batches[index] : nil
  }
}

extension ReadingBuffer.Batch {
  /// Where somebody stands who has come past what is at a number of it.
  fileprivate func place(behind number: Int) -> StreamPlace {
    if let gap, number == first { return gap.to }
    return readings[number - firstReading].place.next
  }
}

extension Array {
  /// The first index at which something holds that holds for all behind it too.
  fileprivate func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
