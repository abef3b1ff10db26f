import Alerting
import StrictYAML
import Telemetry

extension MaintenanceWindow {
  private static let keys = ["name", "days", "from", "to", "rules", "severities", "devices", "where"]

  /// Reads `maintenance`.
  ///
  /// - Parameter rules: ids that may be named.
  static func list(_ value: YAMLValue?, rules: [String]) throws(YAMLError) -> [MaintenanceWindow] {
    try (value?.items() ?? []).map { item throws(YAMLError) in
      let keys = try item.mapping(known: keys)
      return MaintenanceWindow(
        name: try keys.required("name").string(), try span(keys), matcher: try AlertMatcher(keys, rules))
    }
  }

  /// Two times of day, on some days of each week or on all; or two moments.
  private static func span(_ keys: YAMLMapping) throws(YAMLError) -> Span {
    let (from, to) = (try keys.required("from"), try keys.required("to"))
    if let begin = try minute(from) {
      guard let end = try minute(to) else { throw to.error("'from' is a time of day, such as 22:00; so is 'to'") }
      return .weekly(days: try days(keys["days"]), fromMinute: begin, toMinute: end)
    }
    if let days = keys["days"] { throw days.error("'days' stands beside times of day, such as from: \"22:00\"") }
    let (begin, end) = (try moment(from), try moment(to))
    guard begin < end else { throw to.error("it ends before it begins") }
    return .once(begin..<end)
  }

  private static func days(_ value: YAMLValue?) throws(YAMLError) -> Set<Weekday> {
    guard let value else { return Set(Weekday.allCases) }
    let words = Weekday.allCases.map(\.word)
    return Set(
      try value.namesDeclared("day", among: words).compactMap { word in Weekday.allCases.first { $0.word == word } })
  }

  /// `22:00`; nil for what is no time of day. `24:00` is the end of a day.
  private static func minute(_ value: YAMLValue) throws(YAMLError) -> Int? {
    let parts = try value.string().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
      let minute = Int(parts[1])
    else { return nil }
    guard (0..<24).contains(hour) && (0..<60).contains(minute) || (hour, minute) == (24, 0) else {
      throw value.error("'\(try value.string())' is no time of day; expected 00:00 to 24:00")
    }
    return hour * 60 + minute
  }

  private static func moment(_ value: YAMLValue) throws(YAMLError) -> Timestamp {
    var text = try value.string()
    let civil = text.withUTF8 { CivilTime.parse(UnsafeRawBufferPointer($0)) }
    guard let civil, civil.zoneOffset != nil, let moment = civil.timestamp(zoneOffset: { _ in 0 }) else {
      throw value.error(
        "'\(text)': expected a time of day, such as \"22:00\", or a moment with its zone, such as 2026-11-21T08:00:00+08:00"
      )
    }
    return moment
  }
}

extension AlertMatcher {
  fileprivate init(_ keys: YAMLMapping, _ rules: [String]) throws(YAMLError) {
    self.init()
    if let value = keys["rules"] { self.rules = Set(try value.namesDeclared("rule", among: rules)) }
    if let value = keys["severities"] {
      severities = Set(try value.items().map { item throws(YAMLError) in try item.severity() })
    }
    if let value = keys["devices"] { devices = Set(try value.names("device")) }
    if let value = keys["where"] {
      for (key, value) in try value.entries() { tags[try key.string()] = try value.string() }
    }
  }
}
