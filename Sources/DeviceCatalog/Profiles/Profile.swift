import Telemetry

/// How a kind of device speaks. Data, read from a YAML file; the file's keys are described in the documentation.
public struct Profile: Sendable {
  public let name: String
  /// As it is named in errors.
  public let file: String
  /// It came with the build.
  public var isBuiltIn: Bool { CatalogueFiles.builtIn.all.contains { $0.name == file } }
  /// Titles by language code.
  public let titles: [String: String]
  /// Where two profiles claim a topic the higher one has it.
  public let priority: Int
  public let topics: [TopicTemplate]
  public let payload: PayloadFormat
  public let device: FieldSource
  /// Nil: the time of receipt.
  public let time: TimeSource?
  /// How often a device is expected to report; nil where the profile does not say.
  public let interval: Duration?
  public let identity: Identity
  public let tags: [TagSource]
  public let metrics: [Metric]
  public let examples: [Example]
  /// Of the text that it was read from: another text is another version of the profile.
  public internal(set) var textHash: UInt64 = 0
}

/// The wire formats that a profile can name.
public enum PayloadFormat: String, CaseIterable, Sendable {
  case json
}

/// Where a text comes from: levels of the topic, or a place in the payload.
public enum FieldSource: Equatable, Sendable {
  public enum Part: Equatable, Sendable {
    case literal(String)
    /// The name of a topic level.
    case capture(String)
  }

  case topic([Part])
  case payload(JSONPointer)
}

/// A tag and where its value comes from.
public struct TagSource: Equatable, Sendable {
  public let name: String
  public let source: FieldSource
}

/// Where a message's time stamp stands, and how it is written.
public struct TimeSource: Sendable {
  public let at: JSONPointer
  public let format: TimeFormat
}

/// What makes a reading a repeat of another.
public enum Identity: Equatable, Sendable {
  case none
  /// Series, time and value.
  case time
  /// What the device calls the message, at this place in the payload.
  case message(JSONPointer)
}

/// One thing that a device measures.
public struct Metric: Sendable {
  public let name: String
  public let at: JSONPointer
  public let kind: MetricKind
  /// Nil for states.
  public let unit: Unit?
  /// The code of the unit in which values are stored; nil for states.
  public let canonicalUnit: String?
  /// In `unit`, after `scale` and `offset`.
  public let range: ClosedRange<Double>?
  /// raw × scale + offset is the value in `unit`.
  public let scale: Double
  public let offset: Double
  /// Where a counter begins anew at zero, in the canonical unit; 0 where it has no such value.
  public let modulus: Double
  /// Quantiles can be asked for.
  public let wantsQuantiles: Bool
  /// Raw values that stand for no value.
  public let missing: [Number]
  public let states: StateNames
  /// Where it stands in its file, from 1.
  public let line: Int
}

/// A state metric's names: which raw text means which.
public struct StateNames: Equatable, Sendable {
  /// The distinct names, in the order of the profile.
  public let names: [String]
  /// From raw text to an index in `names`.
  let indices: [String: Int]

  public init(_ pairs: [(raw: String, name: String)]) {
    var names: [String] = []
    var indices: [String: Int] = [:]
    for (raw, name) in pairs {
      if !names.contains(name) { names.append(name) }
      indices[raw] = names.firstIndex(of: name)
    }
    self.names = names
    self.indices = indices
  }
}

/// A message and what it must decode to; run by `swift test`.
public struct Example: Sendable {
  public struct Reading: Sendable {
    public let device: String
    public let metric: String
    /// A number or a state's name; nil where the reading is bad.
    public let value: String?
    public let unit: String?
    public let time: Timestamp?
    /// How far a number may be off.
    public let tolerance: Double
    /// Why the reading is bad; nil where it is good.
    public let reason: String?
    public let line: Int
  }

  public let topic: String
  public let payload: String
  public let readings: [Reading]
  /// The reason for which the whole message is refused; nil where it is not.
  public let refused: DeadLetterReason?
  public let line: Int
}
