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
/// - An alias means what the last birth said that named it; aliases are those of all births of the node together.
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
  private var alive: Set<String?> = []
  private var aliases: [UInt64: Birth.Definition] = [:]
  private(set) var sequence = SequenceWatch()
  private(set) var wish: RebirthWish?
  private let timing: SparkplugTiming

  init(_ name: EdgeNodeName, _ timing: SparkplugTiming) {
    self.name = name
    self.timing = timing
  }

  /// Definitions of all births.
  var definitionCount: Int { births.values.reduce(0) { $0 + $1.definitions.count } }

  // MARK: Messages

  /// Takes a message in.
  ///
  /// - Parameters:
  ///   - records: empty; gets the values.
  ///   - unknownAliases: grows by the metrics that no birth defines.
  mutating func take(
    _ payload: borrowing SparkplugPayload, _ topic: SparkplugTopic, receivedAt: Timestamp, into records: FieldRecords,
    unknownAliases: inout Int64
  ) -> SparkplugOutcome {
    switch topic.kind {
    case .birth: takeBirth(payload, of: topic.device, at: receivedAt, into: records)
    case .data: takeData(payload, of: topic.device, at: receivedAt, into: records, &unknownAliases)
    case .death: takeDeath(payload, of: topic.device, at: receivedAt)
    case .command: .nothing
    }
  }

  private mutating func takeBirth(
    _ payload: borrowing SparkplugPayload, of device: String?, at time: Timestamp, into records: FieldRecords
  ) -> SparkplugOutcome {
    if device == nil {
      isAlive = true
      bdSeq = payload.bdSeq
      // Its devices are born again, each by its own message.
      births.removeAll()
      alive.removeAll()
      aliases.removeAll()
      wish = nil
      sequence.begin(at: payload.sequenceNumber)
    } else {
      note(payload, at: time)
      if !isAlive { ask(.noBirth, at: time) }
    }
    let metrics = payload.metrics.compactMap { metric in
      metric.name.map { Birth.Definition(name: $0, alias: metric.alias, datatype: metric.datatype ?? .unknown) }
    }
    let birth = Birth(device: device, metrics)
    define(birth)
    alive.insert(device)
    var reading = MetricReading(into: records, payloadTime: payload.time)
    var definitions = birth.definitions.makeIterator()
    for metric in payload.metrics where metric.name != nil {
      if let definition = definitions.next() { reading.add(metric, name: definition.name, definition.datatype) }
    }
    return .birth
  }

  /// Puts a birth in the place of the last one of its device.
  private mutating func define(_ birth: Birth) {
    for definition in births[birth.device]?.definitions ?? [] {
      if let alias = definition.alias { aliases[alias] = nil }
    }
    births[birth.device] = birth
    for definition in birth.definitions {
      if let alias = definition.alias { aliases[alias] = definition }
    }
  }

  private mutating func takeData(
    _ payload: borrowing SparkplugPayload, of device: String?, at time: Timestamp, into records: FieldRecords,
    _ unknownAliases: inout Int64
  ) -> SparkplugOutcome {
    note(payload, at: time)
    let birth = births[device]
    let isBorn = isAlive && alive.contains(device) && !sequence.mayHaveMissedBirth
    if !isBorn { ask(.noBirth, at: time) }
    var reading = MetricReading(into: records, payloadTime: payload.time)
    var unknown: Int64 = 0
    for metric in payload.metrics {
      if let definition = definition(of: metric, birth, isBorn: isBorn) {
        reading.add(metric, name: definition.name, metric.datatype ?? definition.datatype)
      } else if let name = metric.name {
        reading.add(metric, name: name, metric.datatype ?? .unknown)
      } else {
        unknown += 1
      }
    }
    unknownAliases += unknown
    if unknown > 0, isBorn { ask(.alias, at: time) }
    guard unknown == payload.metrics.count, unknown > 0 else { return .values }
    return .refused(
      Refusal(
        .birth,
        isBorn
          ? "its aliases stand in no birth of \(name.text)"
          : "its metrics are aliases, and no birth of \(device.map { "\(name.text)/\($0)" } ?? name.text) is in force"))
  }

  @inline(__always)
  private func definition(of metric: SparkplugMetric, _ birth: Birth?, isBorn: Bool) -> Birth.Definition? {
    if let name = metric.name { return birth?.definition(named: name) }
    // What an alias meant before a death it need not mean after.
    return isBorn ? metric.alias.flatMap { aliases[$0] } : nil
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
    guard isAlive else { return .nothing }
    isAlive = false
    wish = nil
    sequence.begin(at: nil)
    let stale = alive.sorted { ($0 ?? "") < ($1 ?? "") }
    alive.removeAll()
    return .death(of: stale, at: nil)
  }

  // MARK: Rebirth

  private mutating func note(_ payload: borrowing SparkplugPayload, at time: Timestamp) {
    guard let number = payload.sequenceNumber else { return }
    let wasWaiting = sequence.missingSince != nil
    sequence.take(number, at: time)
    if let since = sequence.missingSince {
      guard !wasWaiting, wish == nil else { return }
      wish = RebirthWish(.gap, dueAt: since + timing.reorderTimeout, interval: timing.rebirthInterval)
    } else if wish?.cause == .gap {
      wish = nil
    }
  }

  private mutating func ask(_ cause: RebirthCause, at time: Timestamp) {
    guard wish == nil || wish?.cause == .gap else { return }
    wish = RebirthWish(cause, dueAt: time, interval: timing.rebirthInterval)
  }

  /// Births may have passed unheard.
  mutating func doubt(at time: Timestamp) {
    if isAlive { ask(.noBirth, at: time) }
  }

  /// Why to ask the node for a birth now; nil where there is no cause, or it was asked a while ago.
  mutating func takeRebirthRequest(at now: Timestamp) -> RebirthCause? {
    guard wish?.take(at: now) == true else { return nil }
    return wish?.cause
  }
}

// MARK: What is stored

extension EdgeNode {
  init(_ name: EdgeNodeName, _ timing: SparkplugTiming, _ stored: StoredEdgeNode, _ sequence: SequenceWatch) {
    self.init(name, timing)
    isAlive = stored.isAlive
    bdSeq = stored.hasBdSeq ? stored.bdSeq : nil
    self.sequence = sequence
    for birth in stored.births {
      let restored = Birth.restored(birth)
      define(restored)
      if birth.isAlive { alive.insert(restored.device) }
    }
  }

  /// All but the numbers of messages, which change with each.
  var stored: StoredEdgeNode {
    var stored = StoredEdgeNode()
    stored.isAlive = isAlive
    if let bdSeq { stored.bdSeq = bdSeq }
    stored.births = births.sorted { ($0.key ?? "") < ($1.key ?? "") }
      .map { $0.value.stored(isAlive: alive.contains($0.key)) }
    return stored
  }
}

extension Birth {
  fileprivate static func restored(_ stored: StoredBirth) -> Birth {
    var names: [UInt8] = []
    var ends: [Int] = []
    for metric in stored.metrics {
      names += metric.name.utf8
      ends.append(names.count)
    }
    return names.withUnsafeBytes { bytes in
      let definitions = stored.metrics.enumerated().map { index, metric in
        Definition(
          name: UnsafeRawBufferPointer(rebasing: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]),
          alias: metric.hasAlias ? metric.alias : nil, datatype: SparkplugType(number: UInt64(metric.datatype)))
      }
      return Birth(device: stored.hasDevice ? stored.device : nil, definitions)
    }
  }

  fileprivate func stored(isAlive: Bool) -> StoredBirth {
    var stored = StoredBirth()
    if let device { stored.device = device }
    stored.isAlive = isAlive
    stored.metrics = definitions.map { definition in
      var metric = StoredMetricDefinition()
      metric.name = String(decoding: definition.name, as: UTF8.self)
      if let alias = definition.alias { metric.alias = alias }
      metric.datatype = definition.datatype.rawValue
      return metric
    }
    return stored
  }
}
