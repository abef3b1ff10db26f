/// MQTT topic filters as a set.
///
/// Source: MQTT 5.0, section 4.7.
public enum TopicFilters {
  /// Filters that bring all topics of the given ones, no topic by two of them, sorted.
  ///
  /// A broker may deliver a message once for every filter that matches it (MQTT 5.0, 3.3.4). So a filter that another
  /// covers goes, and two that share topics become one that is as wide as both: `a/+` and `+/b` become `+/+`.
  public static func cover(_ filters: [String]) -> [String] {
    var kept: [[Substring]] = []
    for filter in Set(filters).sorted() {
      var joined = filter.split(separator: "/", omittingEmptySubsequences: false)
      while let index = kept.firstIndex(where: { intersect($0, joined) }) {
        joined = join(kept.remove(at: index), joined)
      }
      kept.append(joined)
    }
    return kept.map { $0.joined(separator: "/") }.sorted()
  }

  /// True where some topic matches both.
  private static func intersect(_ left: [Substring], _ right: [Substring]) -> Bool {
    for index in 0..<max(left.count, right.count) {
      let levels = (index < left.count ? left[index] : nil, index < right.count ? right[index] : nil)
      // Wildcards do not match a first level that begins with a dollar sign.
      if index == 0, let a = levels.0, let b = levels.1, a != b, a.hasPrefix("$") || b.hasPrefix("$") { return false }
      if levels.0 == "#" || levels.1 == "#" { return true }
      guard let a = levels.0, let b = levels.1 else { return false }
      guard a == b || a == "+" || b == "+" else { return false }
    }
    return true
  }

  /// The narrowest filter that covers both, of two that intersect.
  private static func join(_ left: [Substring], _ right: [Substring]) -> [Substring] {
    var joined: [Substring] = []
    for (a, b) in zip(left, right) {
      if a == "#" || b == "#" { return joined + ["#"] }
      joined.append(a == b ? a : "+")
    }
    return left.count == right.count ? joined : joined + ["#"]
  }

  /// What is wrong with a filter, or nil.
  public static func problem(with filter: String) -> String? {
    if filter.isEmpty || filter.utf8.count > 65535 { return "a filter has 1 to 65535 bytes" }
    if filter.utf8.contains(0) { return "a filter holds no zero byte" }
    if filter.hasPrefix("$share/") {
      return "shared subscriptions are lost by brokers on a reconnect; use topic filters"
    }
    let levels = filter.split(separator: "/", omittingEmptySubsequences: false)
    for (index, level) in levels.enumerated() {
      if level.contains("#"), level != "#" || index != levels.count - 1 { return "'#' stands alone, as the last level" }
      if level.contains("+"), level != "+" { return "'+' stands alone in its level" }
    }
    return nil
  }
}
