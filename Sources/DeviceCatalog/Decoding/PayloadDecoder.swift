import Telemetry
import WireFormats

/// A metric's value in a message.
public struct DecodedValue: Sendable {
  /// Index among the profile's metrics.
  public var metric: Int
  /// The value is a state's index.
  public var isState: Bool
  public var quality: Quality
  /// In the metric's canonical unit; for a state the index among its names.
  public var number: Number
  public var value: Double { number.value }
}

/// What a message says of one device at one time.
public struct DecodedRecord {
  /// When it was measured.
  public enum Time: Sendable {
    case ofReceipt
    case at(Timestamp)
    case sinceReceipt(Duration)
    /// There is none to go by, where the profile wants one.
    case refused(Refusal)
  }

  public let time: Time
  /// Among the decoder's `values`.
  public let values: Range<Int>
  /// Where its device, tags and message id begin, among what is kept of records.
  fileprivate let heads: Int
}

/// Decodes the payloads of one profile: what a format found in, readings out, without allocating where the message is
/// good.
///
/// Invariants
/// - One thread. What was found is read from `records` and `values` until the next message, also of another decoder that
///   shares the reader.
/// - A record has values; a message that is not refused has a record.
public final class PayloadDecoder {
  public typealias Refusal = WireFormats.Refusal

  public let profile: Profile
  // One thread; what Swift would look after at each access costs as much as the access.
  @exclusivity(unchecked) public private(set) var records: ContiguousArray<DecodedRecord> = []
  @exclusivity(unchecked) public private(set) var values: ContiguousArray<DecodedValue> = []

  private let zone: Zone
  let reading: RecordReading
  /// Where the metrics stand in bytes that a record holds.
  let bytes: BytesReading?
  /// By metric.
  private let normalizers: UnsafeMutablePointer<Normalizer>
  /// Of the first record, where it has neither a time nor a value.
  @exclusivity(unchecked) private var timeRefusal: Refusal?
  /// Of each record, as many as the plan has heads.
  @exclusivity(unchecked) private var heads: ContiguousArray<RawValue> = []
  /// The slots that they are kept from.
  private let headSlots: ContiguousArray<Int>
  private let device: CompiledField
  private let tags: [CompiledField]
  private let tagHeads: [Int]
  private let identityHead: Int?
  private let time: CompiledTime?
  /// By metric; empty where all have their record's time.
  private let metricTimes: [CompiledTime?]
  /// By metric; empty where each has the unit of the profile.
  private let metricUnits: [CompiledUnit?]

  init(_ profile: Profile, zone: Zone) {
    self.profile = profile
    self.zone = zone
    var plan = RecordPlan()
    device = CompiledField(profile.device, &plan)
    tags = profile.tags.map { CompiledField($0.source, &plan) }
    tagHeads = tags.flatMap(\.heads)
    if case .message(let path) = profile.identity, let place = plan.place(of: path) {
      identityHead = plan.head(place)
    } else {
      identityHead = nil
    }
    let bytesPlace = profile.bytes.flatMap { plan.place(of: $0.at) }
    let portPlace = profile.bytes?.port.flatMap { plan.place(of: $0) }
    let places = RecordReading.Places(profile, metrics: bytesPlace == nil ? profile.metrics : [], &plan)
    let whole = plan
    if let source = profile.bytes, let bytesPlace {
      bytes = BytesReading(source, slots: (whole.slot(bytesPlace), portPlace.map(whole.slot)), profile)
    } else {
      bytes = nil
    }
    headSlots = ContiguousArray(whole.heads.map(whole.slot))
    time = profile.time.map { CompiledTime($0, places.time, whole) }
    metricTimes =
      bytesPlace == nil && profile.metrics.contains { $0.time != nil }
      ? zip(profile.metrics, places.metricTimes).map { metric, found in
        metric.time.map { CompiledTime($0, found, whole) }
      } : []
    metricUnits =
      bytesPlace == nil && profile.metrics.contains { !$0.unitPlaces.isEmpty }
      ? places.metricUnits.map { CompiledUnit(slots: $0.map(whole.slot)) } : []
    reading = RecordReading(profile, whole, places, isFlat: profile.payload.isFlat)
    normalizers = .allocate(capacity: profile.metrics.count)
    for (index, metric) in profile.metrics.enumerated() { (normalizers + index).initialize(to: Normalizer(metric)) }
  }

  deinit {
    for metric in profile.metrics.indices { normalizers[metric].deallocate() }
    normalizers.deinitialize(count: profile.metrics.count)
    normalizers.deallocate()
  }

  // MARK: Decoding

  /// Whether the document that was parsed last is of this profile.
  func accepts(_ document: JSONDocument) -> Bool { reading.accepts(document) }

  /// Decodes the document that was parsed last; nil where it is good, else why all of it is refused.
  func decode(_ document: JSONDocument) -> Refusal? {
    reset()
    var bytesRefusal: Refusal?
    reading.forEachRecord(in: document) { slots, place, trail in
      guard let bytes else {
        return take(slots, .unknown) { append in reading.forEachValue(in: document, place, trail, append) }
      }
      let refusal = bytes.forEachRecord(slots) { time, forEachValue in take(slots, time, forEachValue) }
      bytesRefusal = bytesRefusal ?? refusal
    }
    return records.isEmpty ? bytesRefusal ?? refusal : refusal
  }

  /// The same for records of named values; not accepted where none of them is of this profile.
  ///
  /// - Parameter isRetelling: what stands now is told again: no amounts that happened are in it.
  func decode(_ fields: FieldRecords, isRetelling: Bool = false) -> (isAccepted: Bool, refusal: Refusal?) {
    reset()
    var isAccepted = false
    for record in fields.records {
      guard let slots = reading.fill(from: record, of: fields) else { continue }
      isAccepted = true
      take(slots, record.time) { append in
        reading.forEachFieldValue { metric, raw, quality, time in
          if !isLeftOut(metric, isRetelling: isRetelling) { append(metric, raw, quality, time) }
        }
      }
    }
    return (isAccepted, isAccepted ? refusal : nil)
  }

  /// What is told again has no amounts that happened.
  @inline(__always)
  func isLeftOut(_ metric: Int, isRetelling: Bool) -> Bool { isRetelling && normalizers[metric].kind == .event }

  /// Forgets the message before.
  func reset() {
    records.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    heads.removeAll(keepingCapacity: true)
    timeRefusal = nil
  }

  /// Takes the values of a record over; each that has a time of its own is a record of its own behind it.
  @inline(__always)
  private func take(
    _ slots: UnsafePointer<RawValue>, _ formatTime: FieldRecords.Time,
    _ forEach: (RecordReading.Append) -> Void
  ) {
    let first = values.count
    let head = heads.count
    for slot in headSlots { heads.append(slots[slot]) }
    var timed: [(time: Timestamp, value: DecodedValue)] = []
    forEach { metric, raw, remark, ownTime in
      let value = normalized(raw, remark, of: metric, slots)
      if let moment = moment(of: metric, ownTime, slots) {
        timed.append((moment, value))
      } else {
        values.append(value)
      }
    }
    if values.count > first {
      records.append(DecodedRecord(time: recordTime(slots, formatTime), values: first..<values.count, heads: head))
    } else if timed.isEmpty, records.isEmpty, timeRefusal == nil,
      case .refused(let refusal) = recordTime(slots, formatTime)
    {
      timeRefusal = refusal
    }
    for (time, value) in timed {
      values.append(value)
      records.append(DecodedRecord(time: .at(time), values: values.count - 1..<values.count, heads: head))
    }
  }

  @inline(__always)
  func normalized(
    _ raw: RawValue, _ remark: RecordReading.Remark, of metric: Int, _ slots: UnsafePointer<RawValue>
  ) -> DecodedValue {
    let isState = normalizers[metric].kind == .state
    guard remark.quality == .good else {
      return DecodedValue(metric: metric, isState: isState, quality: remark.quality, number: .zero)
    }
    let normal = normalizers[metric].normalize(raw, unit: unit(of: metric, remark, slots))
    return DecodedValue(metric: metric, isState: isState, quality: normal.quality, number: normal.value)
  }

  /// The unit that the message says a value has; empty where it does not.
  @inline(__always)
  func unit(
    of metric: Int, _ remark: RecordReading.Remark, _ slots: UnsafePointer<RawValue>
  ) -> UnsafeRawBufferPointer {
    if !metricUnits.isEmpty, let places = metricUnits[metric] { return places.word(in: slots) }
    return remark.unit
  }

  /// The time that a value has of its own; nil for that of its record.
  @inline(__always)
  func moment(
    of metric: Int, _ ownTime: RecordReading.OwnTime, _ slots: UnsafePointer<RawValue>
  ) -> Timestamp? {
    if case .own(let raw, let format) = ownTime { return format.timestamp(raw, zone: zone) }
    return metricTimes.isEmpty ? nil : metricTimes[metric]?.timestamp(slots, zone: zone)
  }

  func recordTime(_ slots: UnsafePointer<RawValue>, _ formatTime: FieldRecords.Time) -> DecodedRecord.Time {
    guard let time else {
      switch formatTime {
      case .unknown: return .ofReceipt
      case .at(let moment): return .at(moment)
      case .sinceReceipt(let duration): return .sinceReceipt(duration)
      }
    }
    if let moment = time.timestamp(slots, zone: zone) { return .at(self.moment(formatTime, besides: moment)) }
    return time.allowsReceipt ? .ofReceipt : .refused(time.refusal(slots))
  }

  /// The profile's time goes before that of a format; in bytes that a message holds it is the message's, from which
  /// their records count.
  private func moment(_ formatTime: FieldRecords.Time, besides moment: Timestamp) -> Timestamp {
    guard bytes != nil else { return moment }
    switch formatTime {
    case .unknown: return moment
    case .at(let own): return own
    case .sinceReceipt(let duration): return moment + duration
    }
  }

  /// A message without values is none; one of which no record has a time is refused for that.
  private var refusal: Refusal? {
    guard let first = records.first else { return timeRefusal ?? Refusal(.noMetric, reading.missingMetrics) }
    guard case .refused(let refusal) = first.time else { return nil }
    for record in records.dropFirst() {
      guard case .refused = record.time else { return nil }
    }
    return refusal
  }

  // MARK: What was found

  /// Calls `body` with the values of a record.
  public func withValues<Result, Failure: Error>(
    of record: DecodedRecord, _ body: (UnsafeBufferPointer<DecodedValue>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try values.withUnsafeBufferPointer { values throws(Failure) in
      try body(UnsafeBufferPointer(rebasing: values[record.values]))
    }
  }

  /// True where the topic alone names the device.
  public var deviceIsFromTopic: Bool { profile.device.isFromTopic }

  /// The device id of a record; nil where no text stands where the profile looks for it.
  public func device(of record: DecodedRecord, captures: [String: String]) -> String? {
    text(device, record, captures)
  }

  /// What is wrong where no device id, or none that can be one, is found.
  public static let noDeviceSentence =
    "no device id of 1 to \(Identifier.longestBytes) bytes without control characters where the profile looks for it"

  /// The tags of a record. Values that cannot be tags are left out.
  public func tags(of record: DecodedRecord, captures: [String: String]) -> [(name: String, value: String)] {
    zip(profile.tags, tags).compactMap { tag, field in
      text(field, record, captures).flatMap { Identifier.isValid($0) ? (tag.name, $0) : nil }
    }
  }

  /// A number that changes where a tag in the payload does, made without a String; `seed` stands for the topic.
  public func tagFingerprint(of record: DecodedRecord, seed: UInt64) -> UInt64 {
    var fingerprint = Fingerprint(seed: seed)
    for head in tagHeads { fingerprint.add(heads[record.heads + head]) }
    return fingerprint.value
  }

  /// A number for what the device called the message; nil where the profile looks for no id, or none is there.
  public func messageIdentity(of record: DecodedRecord) -> UInt64? {
    guard let identityHead else { return nil }
    let id = heads[record.heads + identityHead]
    switch id {
    case .text, .integer, .unsigned:
      var fingerprint = Fingerprint(seed: 1)
      fingerprint.add(id)
      return fingerprint.value
    default: return nil
    }
  }

  private func text(_ field: CompiledField, _ record: DecodedRecord, _ captures: [String: String]) -> String? {
    if let head = field.onlyHead { return heads[record.heads + head].word }
    var whole = ""
    for part in field.parts {
      switch part {
      case .literal(let text): whole += text
      case .topic(let name): whole += captures[name] ?? ""
      case .heads(let alternatives):
        let found = alternatives.first { !heads[record.heads + $0].isAbsent }
        guard let found, let word = heads[record.heads + found].word else { return nil }
        whole += word
      }
    }
    return whole
  }
}

extension Fingerprint {
  @inline(__always)
  fileprivate mutating func add(_ value: RawValue) {
    switch value {
    case .text(let text):
      add(text)
      add(1)
    case .integer(let number):
      add(UInt64(bitPattern: number))
      add(2)
    case .unsigned(let number):
      add(number)
      add(3)
    default: add(0)
    }
  }
}

extension RawValue {
  /// A text, or a whole number's digits; nil for anything else.
  var word: String? {
    switch self {
    case .text(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let number): String(number)
    case .unsigned(let number): String(number)
    default: nil
    }
  }

  /// How it is told in an error; nil for nothing.
  var description: String? {
    switch self {
    case .absent: nil
    case .null: "null"
    case .boolean(let isTrue): isTrue ? "true" : "false"
    case .double(let number): Number(number).text
    case .list: "a list"
    case .object: "an object"
    case .unheld: "a number that nothing holds"
    case .text, .integer, .unsigned: word.map { "'\($0.prefix(40))'" }
    }
  }
}
