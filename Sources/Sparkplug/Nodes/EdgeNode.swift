import Telemetry
import WireFormats

/// What became of a message of a node.
public enum SparkplugOutcome: Equatable, Sendable {
  /// Its values are in the records.
  case values
  /// The same; they are what stands now, told again, and no amount that happened.
  case birth
  /// The node or its device says no more until it is born again; with the devices whose values are stale, nil for the
  /// node's own, and since when: nil for the receipt.
  case death(of: [String?], at: Timestamp?)
  /// It concerns the session alone, or a session that is over.
  case nothing
  case refused(Refusal)
}

/// One edge node, as a host application sees it: a state machine over its messages.
///
/// Invariants
/// - An alias means what the last birth of the node or of the device whose message it is says. No two devices of a node
///   should share one, but some do.
/// - Only messages and their times of receipt change it, and what a message's values are depends on earlier births and
///   deaths alone: so messages that are read again after a crash have the same values.
/// - Numbers of messages that are missing cost no values: readings have times of their own. They make the node be asked
///   for a new birth; only where a birth may be among them aliases hold no longer.
///
/// Source: Eclipse Sparkplug 3.0, section 5.
struct EdgeNode: Sendable {
  let name: EdgeNodeName
  private(set) var isAlive = false
  private(set) var bdSeq: UInt64?
  /// By device; nil stands for the node.
  private(set) var births: [String?: Birth] = [:]
  /// Those of them that no death has ended.
  private(set) var alive: Set<String?> = []
  private(set) var sequence = SequenceWatch()
  private(set) var wish: RebirthWish?
  /// Whatever came of it.
  private var askedAt: Timestamp?
  private let timing: SparkplugTiming

  init(_ name: EdgeNodeName, _ timing: SparkplugTiming) {
    self.name = name
    self.timing = timing
  }

  /// The same as one that was stored.
  init(
    _ name: EdgeNodeName, _ timing: SparkplugTiming, isAlive: Bool, bdSeq: UInt64?, births: [Birth],
    alive: Set<String?>, _ sequence: SequenceWatch
  ) {
    self.init(name, timing)
    self.isAlive = isAlive
    self.bdSeq = bdSeq
    self.births = births.reduce(into: [:]) { $0[$1.device] = $1 }
    self.alive = alive
    self.sequence = sequence
    awaitMissing()
  }

  /// Definitions of all births.
  var definitionCount: Int { births.values.reduce(0) { $0 + $1.definitions.count } }

  // MARK: Messages

  /// Takes a message in.
  ///
  /// - Parameters:
  ///   - mostDefinitions: that this node may have, all its births together.
  ///   - records: empty; gets the values.
  ///   - unknownAliases: grows by the metrics that no birth defines.
  mutating func take(
    _ payload: borrowing SparkplugPayload, _ topic: SparkplugTopic, receivedAt: Timestamp, mostDefinitions: Int,
    into records: FieldRecords, unknownAliases: inout Int64
  ) -> SparkplugOutcome {
    switch topic.kind {
    case .birth: takeBirth(payload, of: topic.device, at: receivedAt, mostDefinitions, into: records)
    case .data: takeData(payload, of: topic.device, at: receivedAt, into: records, &unknownAliases)
    case .death: takeDeath(payload, of: topic.device, at: receivedAt)
    case .command: .nothing
    }
  }

  private mutating func takeBirth(
    _ payload: borrowing SparkplugPayload, of device: String?, at time: Timestamp, _ mostDefinitions: Int,
    into records: FieldRecords
  ) -> SparkplugOutcome {
    let definitions = read(payload, into: records)
    let others = device == nil ? 0 : definitionCount - (births[device]?.definitions.count ?? 0)
    guard others + definitions.count <= mostDefinitions else {
      return .refused(Refusal(.deviceLimit, "the births of all Sparkplug nodes together have too many metrics"))
    }
    if device == nil {
      beginSession(payload)
    } else {
      note(payload, at: time)
      if !isAlive { ask(.noBirth, at: time) }
    }
    births[device] = Birth(device: device, definitions)
    alive.insert(device)
    return .birth
  }

  /// - Returns: what a birth defines.
  private func read(_ payload: borrowing SparkplugPayload, into records: FieldRecords) -> [Birth.Definition] {
    var definitions: [Birth.Definition] = []
    var reading = MetricReading(into: records, payloadTime: payload.time, birth: nil)
    for metric in payload.metrics {
      guard let name = metric.name else { continue }
      let datatype = metric.datatype ?? .unknown
      definitions.append(Birth.Definition(name: name, alias: metric.alias, datatype: datatype))
      reading.add(metric, name: name, datatype)
    }
    return definitions + reading.parts
  }

  /// The node is born; its devices are born again, each by its own message.
  private mutating func beginSession(_ payload: borrowing SparkplugPayload) {
    isAlive = true
    bdSeq = payload.bdSeq
    births.removeAll()
    alive.removeAll()
    wish = nil
    sequence.begin(at: payload.sequenceNumber)
  }

  /// A birth came that cannot be read, and may have given aliases another meaning.
  mutating func dropAliases(of device: String?) {
    for birth in births.values where device == nil || birth.device == device {
      births[birth.device] = birth.withoutAliases
    }
  }

  private mutating func takeData(
    _ payload: borrowing SparkplugPayload, of device: String?, at time: Timestamp, into records: FieldRecords,
    _ unknownAliases: inout Int64
  ) -> SparkplugOutcome {
    note(payload, at: time)
    let birth = births[device]
    let isBorn = isAlive && alive.contains(device)
    if !isBorn { ask(.noBirth, at: time) }
    let hasAliases = isBorn && !sequence.mayHaveMissedBirth
    var reading = MetricReading(into: records, payloadTime: payload.time, birth: birth)
    var unknown: Int64 = 0
    for metric in payload.metrics {
      if let definition = definition(of: metric, birth, hasAliases: hasAliases) {
        reading.add(metric, name: definition.name, metric.datatype ?? definition.datatype)
      } else if let name = metric.name {
        reading.add(metric, name: name, metric.datatype ?? .unknown)
      } else {
        unknown += 1
      }
    }
    unknownAliases += unknown
    if unknown > 0, hasAliases { ask(.alias, at: time) }
    guard unknown == payload.metrics.count, unknown > 0 else { return .values }
    return .refused(
      Refusal(
        .birth,
        hasAliases
          ? "its aliases stand in no birth of \(name.text)"
          : "its metrics are aliases, and no birth of \(unborn(device)) is in force"))
  }

  /// Whose birth is missing: the node's comes first.
  private func unborn(_ device: String?) -> String {
    guard isAlive, let device else { return "the node \(name.text)" }
    return "the device \(name.text)/\(device)"
  }

  @inline(__always)
  private func definition(of metric: SparkplugMetric, _ birth: Birth?, hasAliases: Bool) -> Birth.Definition? {
    if let name = metric.name { return birth?.definition(named: name) }
    // What an alias meant before a death it need not mean after.
    return hasAliases ? metric.alias.flatMap { birth?.definition(alias: $0) } : nil
  }

  private mutating func takeDeath(_ payload: borrowing SparkplugPayload, of device: String?, at time: Timestamp)
    -> SparkplugOutcome
  {
    guard let device else { return takeNodeDeath(payload) }
    note(payload, at: time)
    guard alive.remove(device) != nil else { return .nothing }
    return .death(of: [device], at: payload.moment)
  }

  /// The will of a session before the last birth's comes late, and means nothing.
  private mutating func takeNodeDeath(_ payload: borrowing SparkplugPayload) -> SparkplugOutcome {
    if let theirs = payload.bdSeq, let ours = bdSeq, theirs != ours { return .nothing }
    // Devices may have been born without it, where its own birth was missed.
    guard isAlive || !alive.isEmpty else { return .nothing }
    isAlive = false
    wish = nil
    sequence.begin(at: nil)
    let stale = alive.sorted(by: Self.areInOrder)
    alive.removeAll()
    return .death(of: stale, at: nil)
  }

  /// The node, then its devices by their names.
  static func areInOrder(_ left: String?, _ right: String?) -> Bool {
    guard let left, let right else { return left == nil && right != nil }
    return left < right
  }

  // MARK: Rebirth

  private mutating func note(_ payload: borrowing SparkplugPayload, at time: Timestamp) {
    guard let number = payload.sequenceNumber else { return }
    sequence.take(number, at: time)
    if sequence.missingSince == nil {
      if wish?.cause == .gap { wish = nil }
    } else if wish == nil {
      awaitMissing()
    }
  }

  private mutating func awaitMissing() {
    guard let since = sequence.missingSince else { return }
    wish = RebirthWish(.gap, since: since, patience: timing.reorderTimeout, interval: timing.rebirthInterval)
  }

  private mutating func ask(_ cause: RebirthCause, at time: Timestamp) {
    guard wish == nil || wish?.cause == .gap else { return }
    wish = RebirthWish(cause, since: time, patience: .zero, interval: timing.rebirthInterval)
  }

  /// Births may have passed unheard.
  mutating func doubt(at time: Timestamp) {
    dropAliases(of: nil)
    if isAlive { ask(.noBirth, at: time) }
  }

  /// Why to ask the node for a birth now; nil where there is no cause, or it was asked a while ago.
  mutating func takeRebirthRequest(at now: Timestamp) -> RebirthCause? {
    guard wish?.take(at: now, askedAt: askedAt) == true else { return nil }
    askedAt = now
    return wish?.cause
  }
}
