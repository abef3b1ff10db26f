extension String {
  /// The levels between the slashes, by bytes: for Swift a slash and a combining mark behind it are one character, for
  /// MQTT they are not; and two ways to write an é are two topics.
  var topicLevels: [[UInt8]] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
  }

  init(topicLevels: [[UInt8]]) {
    self.init(decoding: Array(topicLevels.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
  }
}

extension [UInt8] {
  /// The wildcard for one level.
  static let anyLevel = [UInt8(ascii: "+")]
  /// The wildcard for all that follows.
  static let allLevels = [UInt8(ascii: "#")]
}
