/// A topic with names for some of its levels: `city/{district}/waste/{device}/up`.
public struct TopicTemplate: Hashable, Sendable {
  enum Level: Hashable, Sendable {
    case literal([UInt8])
    case capture(String)
  }

  /// The template as it stands in the profile; it names the route in the ledger.
  public let text: String
  let levels: [Level]

  /// What is wrong with a template's text.
  public struct Malformed: Error {
    public let message: String
  }

  public init(_ text: String) throws(Malformed) {
    self.text = text
    guard !text.isEmpty, text.utf8.count <= 65535 else { throw Malformed(message: "a topic has 1 to 65535 bytes") }
    var levels: [Level] = []
    var names: Set<String> = []
    for level in text.topicLevels.map({ String(decoding: $0, as: UTF8.self) }) {
      if level.hasPrefix("{"), level.hasSuffix("}") {
        let name = String(level.dropFirst().dropLast())
        guard isName(name) else { throw Malformed(message: "'{\(name)}' is no name of letters, digits and '_'") }
        guard names.insert(name).inserted else { throw Malformed(message: "'{\(name)}' stands twice") }
        levels.append(.capture(name))
      } else {
        guard !level.unicodeScalars.contains(where: { "+#{}\0".unicodeScalars.contains($0) }) else {
          throw Malformed(message: "level '\(level)': a level is a text or a {name}; '+' and '#' are not used here")
        }
        levels.append(.literal(Array(level.utf8)))
      }
    }
    self.levels = levels
    if let problem = TopicFilters.problem(with: filter) { throw Malformed(message: problem) }
  }

  /// The names of its levels, in order.
  public var captureNames: [String] {
    levels.compactMap { if case .capture(let name) = $0 { name } else { nil } }
  }

  /// The MQTT filter that brings every topic of this template.
  public var filter: String {
    levels.map { level in
      switch level {
      case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
      case .capture: "+"
      }
    }.joined(separator: "/")
  }

  /// The named levels of a topic, in order; nil where the topic is not of this template.
  public func captures(of topic: UnsafeRawBufferPointer) -> [String]? {
    let parts = topic.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == levels.count else { return nil }
    var captured: [String] = []
    for (part, level) in zip(parts, levels) {
      switch level {
      case .literal(let bytes): guard part.elementsEqual(bytes) else { return nil }
      case .capture: captured.append(String(decoding: part, as: UTF8.self))
      }
    }
    return captured
  }

  /// True where some topic belongs to both templates.
  public func overlaps(_ other: TopicTemplate) -> Bool {
    levels.count == other.levels.count
      && zip(levels, other.levels).allSatisfy { left, right in
        if case .literal(let a) = left, case .literal(let b) = right { return a == b }
        return true
      }
  }
}

/// True for a name of ASCII letters, digits and underscores that does not start with a digit.
func isName(_ text: String) -> Bool {
  guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
  return text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
