/// MQTT topic filters as a set.
///
/// Source: MQTT 5.0, section 4.7.
public enum TopicFilters {
  /// The filters without those that another covers, sorted: a broker may deliver a message once for every filter that
  /// matches it.
  public static func cover(_ filters: [String]) -> [String] {
    let distinct = Set(filters).sorted()
    return distinct.filter { filter in
      !distinct.contains { $0 != filter && covers($0, filter) }
    }
  }

  /// True where every topic of `inner` matches `outer`.
  static func covers(_ outer: String, _ inner: String) -> Bool {
    let outer = outer.split(separator: "/", omittingEmptySubsequences: false)
    let inner = inner.split(separator: "/", omittingEmptySubsequences: false)
    for (index, level) in outer.enumerated() {
      if level == "#" { return true }
      guard index < inner.count else { return false }
      if inner[index] == "#" { return false }
      guard level == "+" || level == inner[index] else { return false }
    }
    return outer.count == inner.count
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
