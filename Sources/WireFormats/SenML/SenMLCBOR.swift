import Telemetry

/// SenML in CBOR: a pack of records as `SenMLPack` resolves it.
///
/// Labels are the numbers of RFC 8428; those of JSON, as texts, are taken too. Lists, maps and texts may be of known
/// length or not. Numbers are whole, half, single, double, or a decimal fraction; whole ones beyond 64 bits are
/// `overflow`, bignums `type`, since SenML has none. Other tags say nothing that counts here: that of CBOR itself before
/// the pack, or one of a time. Fields of other labels are passed over, whatever they hold.
///
/// Errors: `empty`; `malformed` for what is no CBOR, no pack, cut off, or followed by more; `noMetric` and `time` by the
/// pack.
///
/// Source: RFC 8428, sections 4.3 (labels) and 6; RFC 8949.
public struct SenMLCBOR: WireFormat {
  public init() {}

  public var hasTimes: Bool { true }

  public var hasUnits: Bool { true }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    guard payload.count > 0 else { return Refusal(.empty, "a SenML pack is expected, and the payload has no bytes") }
    var reader = CBORReader(payload, into: records)
    var pack = SenMLPack(into: records)
    do throws(Refusal) {
      var members = try reader.openArray("a SenML pack")
      while !records.isOverfull, try reader.hasNext(&members) {
        try pack.take(SenMLCBOR.record(&reader))
      }
      if records.isOverfull { return nil }
      try reader.expectEnd()
      try pack.finish()
      return nil
    } catch {
      return error
    }
  }

  private static func record(_ reader: inout CBORReader) throws(Refusal) -> SenMLRecord {
    var record = SenMLRecord()
    var fields = try reader.openMap("a SenML record")
    while try reader.hasNext(&fields) {
      let label = try reader.value()
      let value = try reader.value()
      switch label {
      case .integer(let number):
        if let known = SenMLLabel(rawValue: number) { record.set(known, value) }
      case .text(let text): try record.set(text, value)
      default: break
      }
    }
    return record
  }
}
