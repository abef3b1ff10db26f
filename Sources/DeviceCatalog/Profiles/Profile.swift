import Telemetry
import WireFormats

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
  /// The word for it in the file.
  public let payloadName: String
  /// What holds the metrics, where that is bytes in a JSON message.
  public let bytes: EncodedBytes?
  /// Which messages on its topics are of this profile; empty: all of them. All conditions have to hold.
  public let conditions: [Condition]
  /// Where a message's records stand, each of one device: the first of these that leads anywhere.
  public let records: [ValuePath]
  public let device: FieldSource
  /// Nil: the format's own, or the time of receipt.
  public let time: TimeSource?
  /// How often a device is expected to report; nil where the profile does not say.
  public let interval: Duration?
  public let identity: Identity
  public let tags: [TagSource]
  /// Where values stand that name their metric themselves.
  public let named: [NamedValues]
  public let metrics: [Metric]
  public let examples: [Example]
  /// Its messages are read by a host application.
  public var isSparkplug: Bool { if case .sparkplugB = payload { true } else { false } }
  /// The MQTT filters that bring what it needs.
  public var filters: [String] { isSparkplug ? topics.flatMap(SparkplugTopics.filters) : topics.map(\.filter) }
  /// Of the text that it was read from: another text is another version of the profile.
  public internal(set) var textHash: UInt64 = 0
}

/// Where a text comes from: levels of the topic, keys on the way to the record, places in the payload, put together.
public struct FieldSource: Equatable, Sendable {
  public enum Part: Equatable, Sendable {
    case literal(String)
    /// The name of a topic level.
    case topic(String)
    /// The name that the path of the records gives to a key.
    case key(String)
    /// The first of these places at which anything stands.
    case payload([ValuePath])
  }

  public let parts: [Part]
}

/// What a place in a payload has to hold.
public struct Condition: Equatable, Sendable {
  public let at: ValuePath
  /// Texts, one of which stands there; nil: anything does.
  public let values: [String]?
}

/// A tag and where its value comes from.
public struct TagSource: Equatable, Sendable {
  public let name: String
  public let source: FieldSource
}

/// Where a time stamp stands, and how it is written.
public struct TimeSource: Sendable {
  /// The first place at which anything stands.
  public let at: [ValuePath]
  public let format: TimeFormat
  /// Where no time stands there, or one that is an uptime, the time of receipt counts.
  public let allowsReceipt: Bool
}

/// What makes a reading a repeat of another.
public enum Identity: Equatable, Sendable {
  case none
  /// Series, time and value.
  case time
  /// What the device calls the message, at this place in the payload.
  case message(ValuePath)
}

/// Values that stand under names, as `{"tags": [{"name": "T1", "value": 1.5}]}` or `{"T1": 1.5}`; metrics say by which
/// names they are called.
public struct NamedValues: Sendable {
  /// The key of a step, by its place among the path's names; or a place in each match.
  public enum Name: Equatable, Sendable {
    case key(Int)
    case value(ValuePath)
  }

  /// From the record to each value, or to what holds it.
  public let each: ValuePath
  public let name: Name
  /// From a match to the value: the first place at which anything stands.
  public let at: [ValuePath]
  /// Where anything but null stands there, the device says that it has no value.
  public let error: ValuePath?
  /// Nil: the record's.
  public let time: TimeSource?
}

/// One thing that a device measures.
public struct Metric: Sendable {
  /// Where its values stand in a record.
  public enum Source: Sendable {
    /// The first place at which anything stands; every match of a path that has many.
    case at([ValuePath])
    /// How many matches there are of which the conditions hold; nothing where what would hold them is not there.
    case count(ValuePath, [Condition])
    /// Among the profile's named values.
    case called([String])
  }

  /// How a number may stand in a text.
  public enum TextForm: String, CaseIterable, Sendable {
    /// `"21.5"`.
    case number
    /// `"2000 mm"`: with its unit, which counts in place of the metric's.
    case quantity
  }

  public let name: String
  public let source: Source
  public let kind: MetricKind
  /// Nil: a text is no number.
  public let textForm: TextForm?
  /// Nil: the record's.
  public let time: TimeSource?
  /// Nil for states.
  public let unit: Unit?
  /// Where a message says a value's unit: the first of these places at which anything stands; empty: it is `unit`.
  public let unitPlaces: [ValuePath]
  /// Units that may stand beside a number, or that a message says elsewhere, by their codes and what people write for
  /// them.
  public let quantityUnits: [String: Unit]
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
    /// Those that its device has to have; it may have others.
    public let tags: [String: String]
    public let line: Int
  }

  public struct Message: Sendable {
    public let topic: String
    public let payload: [UInt8]
  }

  public let message: Message
  /// What was sent before it, where that gives it its meaning.
  public let earlier: [Message]
  public let readings: [Reading]
  /// The reason for which the whole message is refused; nil where it is not.
  public let refused: DeadLetterReason?
  public let line: Int
}
