import Telemetry
import WireFormats

/// What one message means and why: which profile has it, where each thing was looked for, and what became of each value.
///
/// It is made of what `MessageDecoder` met when it decoded the message, not guessed beside it.
public struct Explanation: Sendable {
  public let topic: String
  public let payloadBytes: Int
  /// The profiles that claim the topic, in the order in which they are asked.
  public let candidates: [Candidate]
  /// Where none claims it: the nearest, at most three.
  public let nearest: [NearestTopic]
  /// What the host application made of a message of Sparkplug's namespace; nil for any other.
  public let session: String?
  /// The first hundred.
  public let records: [Record]
  /// How many there are behind them.
  public let moreRecords: Int
  /// Places in the payload, or named values, at which the profile does not look, with what stands there; elements of
  /// lists are told once, with `*` for their index.
  public let unread: [Look]
  public let outcome: Result<MessageDecoder.Message, MessageDecoder.Refused>

  /// A profile that claims the topic.
  public struct Candidate: Sendable {
    public enum Verdict: Equatable, Sendable {
      case decodes
      case refuses(Refusal)
      /// Its conditions do not hold.
      case passesOn
      /// One before it has the message.
      case notAsked
    }

    public let profile: Profile
    public let template: TopicTemplate
    /// In the order of the topic.
    public let captures: [(name: String, value: String)]
    public let conditions: [ConditionFound]
    public let verdict: Verdict
  }

  /// A condition and what was found where it looks.
  public struct ConditionFound: Sendable {
    public let condition: Condition
    public let look: Look
    public let holds: Bool
  }

  /// One place at which was looked.
  public struct Look: Equatable, Sendable {
    /// A JSON pointer from the message's beginning, or the name of a value.
    public let place: String
    /// Nil where nothing stands.
    public let found: FoundValue?
    /// Where nothing stands: how far the way goes, and what is there.
    public let deadEnd: String

    init(_ place: String, _ found: FoundValue) {
      self.place = place
      self.found = found
      deadEnd = ""
    }

    init(_ place: String, deadEnd: String) {
      self.place = place
      found = nil
      self.deadEnd = deadEnd
    }
  }

  /// What a message says of one device at one time.
  public struct Record: Sendable {
    /// A pointer to it, `record 2` of a table or pack, or empty for the whole message.
    public let place: String
    public let device: Source
    public let time: Moment
    public let tags: [(name: String, source: Source)]
    /// In the order of the profile.
    public let metrics: [MetricFound]
    /// Where its values stand in bytes that cannot be read: why.
    public let refusal: Refusal?
  }

  /// A text that was put together, with where its parts come from.
  public struct Source: Sendable {
    /// Nil where a part has none.
    public let text: String?
    /// A phrase for each part.
    public let parts: [String]
  }

  public struct Moment: Sendable {
    public let time: DecodedRecord.Time
    public let looks: [Look]
    /// How what stands there was read.
    public let note: String
  }

  public struct MetricFound: Sendable {
    public let metric: Metric
    public let looks: [Look]
    /// One for each value that was read.
    public let values: [ValueFound]
  }

  /// A value on its way to a reading.
  public struct ValueFound: Sendable {
    public let place: String
    public let raw: FoundValue
    /// Sentences: what was done to it.
    public let steps: [String]
    /// What the steps lead to.
    public let stepsResult: (quality: Quality, number: Number)
    /// What the decoder made of it.
    public let decoded: DecodedValue
    /// Its own time; nil for its record's.
    public let ownTime: Timestamp?
    public let metric: Metric

    /// In the canonical unit, or why it is bad.
    public var text: String {
      guard decoded.quality == .good else { return "bad: \(decoded.quality.reason)" }
      if metric.kind == .state { return metric.states.names[Int(decoded.value)] }
      return metric.canonicalUnit.map { "\(decoded.number.text) \($0)" } ?? decoded.number.text
    }
  }
}
