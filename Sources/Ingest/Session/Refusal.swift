/// A CONNACK that does not take us in.
public struct Refusal: Equatable, Sendable {
  /// Whose turn it is.
  public enum Cause: Equatable, Sendable {
    case credentials
    case clientID
    /// The broker does not speak this version of MQTT.
    case version
    /// The broker could take us in at another time.
    case unavailable
    case other
  }

  public let cause: Cause
  /// The broker's reason in words.
  public let words: String

  /// Source: MQTT 5.0, table 3-1, and MQTT 3.1.1, table 3.1: a broker that does not know version 5 answers with those.
  init(reasonCode: Int32, words: String) {
    cause =
      switch reasonCode {
      case 0x86, 0x87, 0x8C, 4, 5: .credentials
      case 0x85, 2: .clientID
      case 0x84, 1: .version
      case 0x88, 0x89, 0x97, 0x9F, 3: .unavailable
      default: .other
      }
    self.words = words
  }
}
