/// MQTT topic filters as a set.
///
/// Source: MQTT 5.0, section 4.7.
public enum TopicFilters {
  /// Filters that bring all topics of the given ones, no topic by two of them, sorted.
  ///
  /// A broker may deliver a message once for every filter that matches it (MQTT 5.0, 3.3.4). So a filter that another
  /// covers goes, and two that share topics become one that is as wide as both: `a/+` and `+/b` become `+/+`.
  public static func cover(_ filters: [String]) -> [String] {
    var kept: [[[UInt8]]] = []
    for filter in Set(filters.map(\.topicLevels)).sorted(by: isOrdered) {
      var joined = filter
      while let index = kept.firstIndex(where: { intersect($0, joined) }) {
        joined = join(kept.remove(at: index), joined)
      }
      kept.append(joined)
    }
    return kept.sorted(by: isOrdered).map(String.init(topicLevels:))
  }

  /// True where every topic of the narrow filter is one of the wide one.
  public static func covers(_ wide: String, _ narrow: String) -> Bool {
    let (left, right) = (wide.topicLevels, narrow.topicLevels)
    return intersect(left, right) && join(left, right) == left
  }

  private static func isOrdered(_ left: [[UInt8]], _ right: [[UInt8]]) -> Bool {
    left.lexicographicallyPrecedes(right) { $0.lexicographicallyPrecedes($1) }
  }

  /// True where some topic matches both.
  private static func intersect(_ left: [[UInt8]], _ right: [[UInt8]]) -> Bool {
    for index in 0..<max(left.count, right.count) {
      let levels = (index < left.count ? left[index] : nil, index < right.count ? right[index] : nil)
      // Wildcards do not match a first level that begins with a dollar sign.
      if index == 0, let a = levels.0, let b = levels.1, a != b, isHidden(a) || isHidden(b) { return false }
      if levels.0 == .allLevels || levels.1 == .allLevels { return true }
      guard let a = levels.0, let b = levels.1 else { return false }
      guard a == b || a == .anyLevel || b == .anyLevel else { return false }
    }
    return true
  }

  private static func isHidden(_ firstLevel: [UInt8]) -> Bool { firstLevel.first == UInt8(ascii: "$") }

  /// The narrowest filter that covers both, of two that intersect.
  private static func join(_ left: [[UInt8]], _ right: [[UInt8]]) -> [[UInt8]] {
    var joined: [[UInt8]] = []
    for (a, b) in zip(left, right) {
      if a == .allLevels || b == .allLevels { return joined + [.allLevels] }
      joined.append(a == b ? a : .anyLevel)
    }
    return left.count == right.count ? joined : joined + [.allLevels]
  }

  /// What is wrong with a filter, or nil.
  public static func problem(with filter: String) -> String? {
    if filter.isEmpty || filter.utf8.count > 65535 { return "a filter has 1 to 65535 bytes" }
    if filter.utf8.contains(0) { return "a filter holds no zero byte" }
    let levels = filter.topicLevels
    if levels.count > 1, levels[0] == Array("$share".utf8) {
      return "shared subscriptions are lost by brokers on a reconnect; use topic filters"
    }
    for (index, level) in levels.enumerated() {
      if level.contains(UInt8(ascii: "#")), level != .allLevels || index != levels.count - 1 {
        return "'#' stands alone, as the last level"
      }
      if level.contains(UInt8(ascii: "+")), level != .anyLevel { return "'+' stands alone in its level" }
    }
    return nil
  }
}
