import Telemetry
import WireFormats

/// Reads the bytes that a record holds, by their layout or format, as records of named values of their own.
///
/// One thread. What was read lives until the next message.
final class BytesReading {
  private let source: EncodedBytes
  private let bytesSlot: Int
  private let portSlot: Int?
  private let reading: RecordReading
  /// Of the bytes that were read last.
  let fields = FieldRecords()
  private var bytes: [UInt8] = []

  /// - Parameters:
  ///   - slots: of the bytes and of their port, in the record that holds them.
  init(_ source: EncodedBytes, slots: (bytes: Int, port: Int?), _ profile: Profile) {
    self.source = source
    bytesSlot = slots.bytes
    portSlot = slots.port
    var plan = RecordPlan()
    let places = RecordReading.Places(profile, metrics: profile.metrics, &plan)
    reading = RecordReading(profile, plan, places, isFlat: true)
  }

  /// Calls `body` for each record in the bytes, with its time and what goes over its values.
  ///
  /// - Returns: why nothing of them can be read.
  func forEachRecord(
    _ slots: UnsafePointer<RawValue>,
    _ body: (_ time: FieldRecords.Time, _ forEachValue: (RecordReading.Append) -> Void) -> Void
  ) -> Refusal? {
    guard let text = slots[bytesSlot].text else {
      return Refusal(.noMetric, "no bytes at \(source.at.text)")
    }
    guard let found = source.bytes(text) else {
      return Refusal(.malformed, "what stands at \(source.at.text) is no \(source.encoding.rawValue)")
    }
    bytes = found
    fields.removeAll()
    let refusal = bytes.withUnsafeBytes { source.read($0, port: port(slots), into: fields) }
    if let refusal { return refusal }
    if fields.isOverfull { return Refusal(.malformed, FieldRecords.overfullSentence) }
    for record in fields.records {
      guard reading.fill(from: record, of: fields) != nil else { continue }
      body(record.time, reading.forEachFieldValue)
    }
    return nil
  }

  /// A port of 0 is left out by some servers.
  private func port(_ slots: UnsafePointer<RawValue>) -> UInt8? {
    guard let portSlot else { return nil }
    switch slots[portSlot] {
    case .integer(let number): return UInt8(exactly: number)
    case .absent: return 0
    default: return nil
    }
  }
}
