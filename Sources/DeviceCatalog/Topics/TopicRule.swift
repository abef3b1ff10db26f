/// Which topics are looked at; any other is a dead letter {topic}.
///
/// Source: MQTT 5.0, 1.5.4, which lets a receiver refuse control characters, and 3.3.2.1.
public enum TopicRule {
  /// What is wrong with a topic; nil where nothing is.
  public static func problem(with topic: UnsafeRawBufferPointer, longestBytes: Int) -> String? {
    if topic.count > longestBytes { return "the topic has \(topic.count) bytes, limits.topic_bytes is \(longestBytes)" }
    if topic.isEmpty { return "the topic is empty" }
    guard let text = String(validating: topic, as: UTF8.self) else { return "the topic is no UTF-8" }
    return text.unicodeScalars.first(where: Identifier.isControlCharacter).map {
      "the topic holds the control character U+\(String($0.value, radix: 16, uppercase: true))"
    }
  }
}
