import SwiftProtobuf
import Telemetry
import WireFormats

/// How long a host application waits, and how often it asks.
public struct SparkplugTiming: Sendable {
  /// How long a message that was passed over may still come.
  public var reorderTimeout = Duration.seconds(5)
  /// Between two requests for one birth; it doubles with each.
  public var rebirthInterval = Duration.seconds(60)

  public init() {}
}

/// A host application of Sparkplug B: all edge nodes that it has heard of.
///
/// Invariants
/// - Messages are taken in the order of their receipt.
/// - Nodes keep their number. At most `mostNodes` of them, and `mostDefinitions` metrics of births with their parts, are
///   kept; what goes beyond is refused.
/// - A birth that is refused may have given aliases another meaning: they hold no longer.
/// - What is not in the store changes no value: after a start with what was stored, messages have the values that they
///   would have had without it.
///
/// Source: Eclipse Sparkplug 3.0.
public struct HostApplication: Sendable {
  /// What the store keeps of a node, as bytes that only this module reads.
  public struct Stored: Equatable, Sendable {
    public let name: String
    /// Births and deaths; nil where they have not changed.
    public let births: [UInt8]?
    /// The numbers of its messages, which change with each.
    public let sequence: [UInt8]

    public init(name: String, births: [UInt8]?, sequence: [UInt8]) {
      self.name = name
      self.births = births
      self.sequence = sequence
    }
  }

  /// A command for a node.
  public struct RebirthRequest: Sendable {
    public let node: EdgeNodeName
    public let cause: RebirthCause
    public let topic: String
    public let payload: [UInt8]
  }

  public static let mostNodes = 10_000
  public static let mostDefinitions = 4_000_000

  private let timing: SparkplugTiming
  private let mostNodes: Int
  private let mostDefinitions: Int
  private var nodes: [EdgeNode] = []
  private var indices: [EdgeNodeName: Int] = [:]
  private var definitionCount = 0
  private var payload = SparkplugPayload()
  /// No birth has come since the last doubt.
  private var isDoubted = false
  private var changed: Set<Int> = []
  private var reborn: Set<Int> = []
  private var counted = Status()

  public init(_ timing: SparkplugTiming = SparkplugTiming()) {
    self.init(timing, mostNodes: Self.mostNodes, mostDefinitions: Self.mostDefinitions)
  }

  init(_ timing: SparkplugTiming, mostNodes: Int, mostDefinitions: Int) {
    self.timing = timing
    self.mostNodes = mostNodes
    self.mostDefinitions = mostDefinitions
  }

  // MARK: Messages

  /// The number of the node that a topic is of; nil where there are too many.
  public mutating func node(of topic: SparkplugTopic) -> Int? {
    if let index = indices[topic.name] { return index }
    guard nodes.count < mostNodes else { return nil }
    nodes.append(EdgeNode(topic.name, timing))
    indices[topic.name] = nodes.count - 1
    return nodes.count - 1
  }

  public static let tooManyNodes = Refusal(.deviceLimit, "more than \(mostNodes) Sparkplug nodes")

  /// Takes a message of a node in.
  ///
  /// - Parameters:
  ///   - topic: whose node has the number `node`.
  ///   - records: empty; gets the values.
  public mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ topic: SparkplugTopic, node: Int, receivedAt: Timestamp,
    into records: FieldRecords
  ) -> SparkplugOutcome {
    guard topic.kind != .command else { return .nothing }
    changed.insert(node)
    guard topic.kind == .birth else {
      if topic.kind == .death { reborn.insert(node) }
      return read(bytes, topic, node, receivedAt, into: records)
    }
    isDoubted = false
    reborn.insert(node)
    definitionCount -= nodes[node].definitionCount
    defer { definitionCount += nodes[node].definitionCount }
    let outcome = read(bytes, topic, node, receivedAt, into: records)
    if case .refused = outcome { nodes[node].dropAliases(of: topic.device) }
    return outcome
  }

  /// To be called for a message that came and cannot be read, such as one that was too large.
  public mutating func miss(_ topic: SparkplugTopic, node: Int) {
    guard topic.kind == .birth else { return }
    changed.insert(node)
    reborn.insert(node)
    nodes[node].dropAliases(of: topic.device)
  }

  private mutating func read(
    _ bytes: UnsafeRawBufferPointer, _ topic: SparkplugTopic, _ node: Int, _ receivedAt: Timestamp,
    into records: FieldRecords
  ) -> SparkplugOutcome {
    // A death has nothing to say, and some say nothing.
    guard !bytes.isEmpty || topic.kind == .death else {
      return .refused(Refusal(.empty, "the payload is empty"))
    }
    if let refusal = payload.read(bytes) { return .refused(refusal) }
    return nodes[node].take(
      payload, topic, receivedAt: receivedAt, mostDefinitions: mostDefinitions - definitionCount, into: records,
      unknownAliases: &counted.unknownAliases)
  }

  /// The values of a node, or of one of its devices, that are stale: one record, each of the quality `stale`.
  ///
  /// - Parameter records: empty; gets the values.
  public func readStale(_ device: String?, ofNode node: Int, into records: FieldRecords) {
    for definition in nodes[node].births[device]?.definitions.prefix(FieldRecords.mostFields) ?? [] {
      records.add(definition.name, .null, quality: .stale)
    }
  }

  /// The topic of the births of a node, or of one of its devices: whoever claims it has its readings.
  public func birthTopic(of device: String?, ofNode node: Int) -> SparkplugTopic {
    SparkplugTopic(.birth, nodes[node].name, device: device)
  }

  // MARK: Rebirth

  /// Nodes that are asked at once; all births of a plant in one moment would only queue.
  public static let mostRequests = 200

  /// Nodes that are to be asked for a birth now; others have their turn at the next call. Each is asked again, less and
  /// less often, until it is born.
  public mutating func rebirthRequests(at now: Timestamp) -> [RebirthRequest] {
    var requests: [RebirthRequest] = []
    for index in nodes.indices where nodes[index].wish != nil && requests.count < Self.mostRequests {
      guard let cause = nodes[index].takeRebirthRequest(at: now) else { continue }
      let name = nodes[index].name
      requests.append(
        RebirthRequest(
          node: name, cause: cause, topic: SparkplugTopic(.command, name).text,
          payload: WirePayload.rebirthRequest(at: now)))
    }
    counted.rebirthsRequested += Int64(requests.count)
    return requests
  }

  /// To be called where messages are lost: births may have been among them, and no alias holds any longer.
  public mutating func doubtBirths(at now: Timestamp) {
    guard !isDoubted else { return }
    isDoubted = true
    for index in nodes.indices {
      nodes[index].doubt(at: now)
      changed.insert(index)
      reborn.insert(index)
    }
  }

  /// What there is to be shown.
  public struct Status: Equatable, Sendable {
    public var nodes = 0
    public var nodesAlive = 0
    /// Since the start: metrics of data messages, by alias, that no birth defined.
    public var unknownAliases: Int64 = 0
    public var rebirthsRequested: Int64 = 0

    public init() {}
  }

  public var status: Status {
    var status = counted
    status.nodes = nodes.count
    status.nodesAlive = nodes.count { $0.isAlive }
    return status
  }

  // MARK: What is stored

  /// What has changed since the last call of `saved`.
  public func unsaved() -> [Stored] {
    changed.sorted().map { index in
      let node = nodes[index]
      // Nothing in them can fail to be written.
      let births: [UInt8]? = reborn.contains(index) ? try? node.stored.serializedBytes() : nil
      let sequence: [UInt8]? = try? node.sequence.stored.serializedBytes()
      return Stored(name: node.name.text, births: births, sequence: sequence ?? [])
    }
  }

  /// To be called once the changes are in the store.
  public mutating func saved() {
    changed.removeAll()
    reborn.removeAll()
  }

  /// Takes over what the store has of a node.
  ///
  /// - Throws: `Refusal` where it cannot be read.
  public mutating func restore(_ stored: Stored) throws(Refusal) {
    guard let name = EdgeNodeName(stored.name), let node = try? StoredEdgeNode(serializedBytes: stored.births ?? []),
      let sequence = try? StoredSequence(serializedBytes: stored.sequence)
    else { throw Refusal(.malformed, "the births of the Sparkplug node '\(stored.name)' cannot be read") }
    indices[name] = nodes.count
    nodes.append(EdgeNode(name, timing, node, SequenceWatch(sequence)))
    definitionCount += nodes[nodes.count - 1].definitionCount
  }
}
