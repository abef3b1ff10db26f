import CSimdJSON
import Telemetry

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

/// Decodes the payloads of one profile: bytes in, readings out, without allocating where the message is good.
///
/// Invariants
/// - One thread. What `decode` found is read from the properties until the next call.
/// - `payload` may be read up to `PayloadDecoder.padding` bytes behind its end.
public final class PayloadDecoder {
  public static let padding = JSONDocument.padding

  /// What is wrong with a message as a whole.
  public struct Refusal: Error, Equatable {
    public let reason: DeadLetterReason
    public let detail: String

    public init(_ reason: DeadLetterReason, _ detail: String) {
      self.reason = reason
      self.detail = detail
    }
  }

  public let profile: Profile
  /// The event time; nil where the profile counts by the time of receipt.
  public private(set) var time: Timestamp?
  /// The values of the metrics that the message holds, in the profile's order.
  public var values: UnsafeBufferPointer<DecodedValue> { UnsafeBufferPointer(start: decoded, count: decodedCount) }

  private let zone: Zone
  private let document: JSONDocument
  private let paths: PointerPaths
  /// By metric.
  private let normalizers: UnsafeMutablePointer<Normalizer>
  private let raw: UnsafeMutablePointer<csj_value>
  private let decoded: UnsafeMutablePointer<DecodedValue>
  private var decodedCount = 0
  private let timeSlot: Int?
  private let deviceSlot: Int?
  private let identitySlot: Int?
  private let tagSlots: [Int?]
  private let firstMetricSlot: Int
  private let metricCount: Int

  public init(_ profile: Profile, zone: Zone, maxPayloadBytes: Int) {
    self.profile = profile
    self.zone = zone
    document = JSONDocument(maxBytes: maxPayloadBytes)
    var pointers: [JSONPointer] = []
    func slot(of pointer: JSONPointer?) -> Int? {
      guard let pointer else { return nil }
      pointers.append(pointer)
      return pointers.count - 1
    }
    timeSlot = slot(of: profile.time?.at)
    deviceSlot = slot(of: profile.device.pointer)
    identitySlot = if case .message(let pointer) = profile.identity { slot(of: pointer) } else { nil }
    tagSlots = profile.tags.map { slot(of: $0.source.pointer) }
    firstMetricSlot = pointers.count
    metricCount = profile.metrics.count
    pointers += profile.metrics.map(\.at)
    paths = PointerPaths(pointers)
    normalizers = .allocate(capacity: profile.metrics.count)
    for (index, metric) in profile.metrics.enumerated() { (normalizers + index).initialize(to: Normalizer(metric)) }
    raw = .allocate(capacity: pointers.count)
    raw.initialize(repeating: csj_value(), count: pointers.count)
    decoded = .allocate(capacity: profile.metrics.count)
    decoded.initialize(
      repeating: DecodedValue(metric: 0, isState: false, quality: .missing, number: .zero), count: profile.metrics.count
    )
  }

  deinit {
    for metric in 0..<metricCount { normalizers[metric].deallocate() }
    normalizers.deallocate()
    raw.deallocate()
    decoded.deallocate()
  }

  /// Decodes one payload; nil where it is good, else why all of it is refused.
  public func decode(_ payload: UnsafeRawBufferPointer) -> Refusal? {
    decodedCount = 0
    time = nil
    guard payload.count > 0 else { return refuse(.empty, "the payload is empty") }
    if let problem = document.parse(payload) { return refuse(.malformed, problem) }
    document.read(paths, into: raw)
    if let timeSlot, let source = profile.time {
      time = source.format.timestamp(raw[timeSlot], zone: zone)
      if time == nil {
        guard let found = PayloadDecoder.description(of: raw[timeSlot]) else {
          return Refusal(.time, "no time stamp at \(source.at.text)")
        }
        return Refusal(.time, "no \(source.format.rawValue) time at \(source.at.text), but \(found)")
      }
    }
    var count = 0
    for metric in 0..<metricCount {
      let value = raw[firstMetricSlot + metric]
      if value.type == CSJ_ABSENT { continue }
      let normal = normalizers[metric].normalize(value)
      decoded[count] = DecodedValue(
        metric: metric, isState: normalizers[metric].kind == .state, quality: normal.quality, number: normal.value)
      count += 1
    }
    decodedCount = count
    return count == 0 ? Refusal(.noMetric, missingMetrics) : nil
  }

  /// Forgets the values of the payload before: their texts stood in memory that the parser uses again.
  private func refuse(_ reason: DeadLetterReason, _ detail: String) -> Refusal {
    for slot in 0..<paths.count { raw[slot].type = CSJ_ABSENT }
    return Refusal(reason, detail)
  }

  /// The device id in the payload of the last message; nil where the profile takes it from the topic or it is no text.
  public var deviceInPayload: String? { deviceSlot.flatMap { PayloadDecoder.text(raw[$0]) } }

  /// What is wrong where no device id, or none that can be one, is found.
  public static let noDeviceSentence =
    "no device id of 1 to \(Identifier.longestBytes) bytes without control characters where the profile looks for it"

  /// The tags of the last message: from its topic's named levels, or from its payload. Values that cannot be tags are
  /// left out.
  public func tags(captures: [String: String]) -> [(name: String, value: String)] {
    zip(profile.tags, tagSlots).compactMap { tag, slot in
      let text = tag.source.text(captures: captures) ?? slot.flatMap { PayloadDecoder.text(raw[$0]) }
      return text.flatMap { Identifier.isValid($0) ? (tag.name, $0) : nil }
    }
  }

  /// A number that changes where a tag in the payload does, made without a String; `seed` stands for the topic.
  public func tagFingerprint(seed: UInt64) -> UInt64 {
    var fingerprint = Fingerprint(seed: seed)
    for case let slot? in tagSlots { add(raw[slot], to: &fingerprint) }
    return fingerprint.value
  }

  /// A number for what the device called the last message; nil where the profile looks for no id, or none is there.
  public var messageIdentity: UInt64? {
    guard let identitySlot else { return nil }
    switch raw[identitySlot].type {
    case CSJ_STRING, CSJ_INT64, CSJ_UINT64:
      var fingerprint = Fingerprint(seed: 1)
      add(raw[identitySlot], to: &fingerprint)
      return fingerprint.value
    default: return nil
    }
  }

  @inline(__always)
  private func add(_ value: csj_value, to fingerprint: inout Fingerprint) {
    switch value.type {
    case CSJ_STRING: fingerprint.add(value.text!)
    case CSJ_INT64: fingerprint.add(UInt64(bitPattern: value.number.int64))
    case CSJ_UINT64: fingerprint.add(value.number.uint64)
    default: break
    }
    fingerprint.add(UInt64(value.type.rawValue))
  }

  /// What stands at a place that should hold something else; nil for nothing.
  private static func description(of value: csj_value) -> String? {
    switch value.type {
    case CSJ_ABSENT: nil
    case CSJ_NULL: "null"
    case CSJ_BOOL: value.number.boolean != 0 ? "true" : "false"
    case CSJ_DOUBLE: Number(value.number.float64).text
    case CSJ_ARRAY: "a list"
    case CSJ_OBJECT: "an object"
    case CSJ_UNHELD: "a number that nothing holds"
    default: text(value).map { "'\($0.prefix(40))'" }
    }
  }

  private var missingMetrics: String {
    let places = profile.metrics.prefix(5).map(\.at.text).joined(separator: ", ")
    return
      "none of the profile's metrics is in the payload: nothing at \(places)\(profile.metrics.count > 5 ? ", …" : "")"
  }

  private static func text(_ value: csj_value) -> String? {
    switch value.type {
    case CSJ_STRING: value.text.map { String(decoding: $0, as: UTF8.self) }
    case CSJ_INT64: String(value.number.int64)
    case CSJ_UINT64: String(value.number.uint64)
    default: nil
    }
  }
}

extension FieldSource {
  /// True where the topic alone tells it.
  public var isFromTopic: Bool { pointer == nil }

  var pointer: JSONPointer? {
    if case .payload(let pointer) = self { pointer } else { nil }
  }

  /// The text from a topic's named levels; nil for a place in the payload.
  public func text(captures: [String: String]) -> String? {
    guard case .topic(let parts) = self else { return nil }
    return parts.map { part in
      switch part {
      case .literal(let text): text
      case .capture(let name): captures[name] ?? ""
      }
    }.joined()
  }
}
