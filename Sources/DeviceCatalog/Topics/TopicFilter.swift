/// One MQTT topic filter, ready to be compared with topics.
///
/// Source: MQTT 5.0, section 4.7.
public struct TopicFilter: Sendable {
  private enum Level: Sendable {
    case literal([UInt8])
    case any
    case rest
  }

  public let text: String
  private let levels: [Level]

  /// - Parameter text: a filter without a problem by `TopicFilters.problem`.
  public init(_ text: String) {
    self.text = text
    levels = text.topicLevels.map { level in
      switch level {
      case .anyLevel: .any
      case .allLevels: .rest
      default: .literal(level)
      }
    }
  }

  /// True where a broker delivers the topic for this filter.
  public func matches(_ topic: UnsafeRawBufferPointer) -> Bool {
    var rest = topic[...]
    var isAtEnd = false
    for (index, level) in levels.enumerated() {
      // A wildcard covers the level above it too, and no first level that begins with a dollar sign.
      if case .rest = level { return index > 0 || topic.first != UInt8(ascii: "$") }
      if isAtEnd { return false }
      let end = rest.firstIndex(of: UInt8(ascii: "/"))
      let part = rest[..<(end ?? rest.endIndex)]
      switch level {
      case .literal(let bytes): guard part.elementsEqual(bytes) else { return false }
      case .any: guard index > 0 || topic.first != UInt8(ascii: "$") else { return false }
      case .rest: break
      }
      isAtEnd = end == nil
      rest = end.map { rest[($0 + 1)...] } ?? rest[rest.endIndex...]
    }
    return isAtEnd
  }
}
