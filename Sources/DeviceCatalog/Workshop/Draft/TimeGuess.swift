import Telemetry

/// Where a record says its time, and how it is written.
struct TimeGuess {
  let row: SampleTable.Row
  let format: TimeFormat
  let ground: String

  private static let words: Set = [
    "ts", "time", "timestamp", "datetime", "date", "utc", "sampled", "measured", "collected", "occurred", "recorded",
    "created", "updated", "at",
  ]

  /// The best among the places; nil where none holds times.
  init?(_ table: SampleTable) {
    let found = table.rows.enumerated().compactMap { index, row -> (rank: Int, index: Int, guess: TimeGuess)? in
      guard let format = TimeGuess.format(row) else { return nil }
      let words = NameParts.words(of: row.keys.last ?? "")
      let isNamed = !TimeGuess.words.isDisjoint(with: words)
      // Whole texts and numbers of our days are times whatever their name; one letter may be anything.
      let rank = (isNamed ? 0 : 100) + row.keys.count * 10 + min(words.count, 9)
      let ground = isNamed ? "'\(row.keys.last ?? "")' is called so" : "its values are of our days"
      return (rank, index, TimeGuess(row: row, format: format, ground: ground))
    }
    guard let best = found.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else { return nil }
    self = best.guess
  }

  private init(row: SampleTable.Row, format: TimeFormat, ground: String) {
    self.row = row
    self.format = format
    self.ground = ground
  }

  /// How all values of a place write times of our days, from 2001 on; nil where one does not.
  static func format(_ row: SampleTable.Row) -> TimeFormat? {
    let values = row.values.filter { $0 != .null }
    guard !values.isEmpty else { return nil }
    let formats = Set(values.map(format))
    if formats == [.iso8601, .local] { return .iso8601 }
    return formats.count == 1 ? formats.first ?? nil : nil
  }

  private static func format(_ value: FoundValue) -> TimeFormat? {
    switch value {
    case .number(let number): return epoch(number.value)
    case .text(let text):
      if let number = Int64(text) { return epoch(Double(number)) }
      var copy = text
      guard let civil = copy.withUTF8({ CivilTime.parse(UnsafeRawBufferPointer($0)) }) else { return nil }
      return civil.zoneOffset == nil ? .local : .iso8601
    default: return nil
    }
  }

  /// From 2001 to 2100.
  private static func epoch(_ number: Double) -> TimeFormat? {
    let days = 978_307_200.0..<4_102_444_800.0
    if days.contains(number) { return .unixSeconds }
    if days.contains(number / 1e3) { return .unixMilliseconds }
    if days.contains(number / 1e6) { return .unixMicroseconds }
    return days.contains(number / 1e9) ? .unixNanoseconds : nil
  }
}
