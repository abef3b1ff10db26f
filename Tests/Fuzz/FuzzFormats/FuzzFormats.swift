import DeviceCatalog
import Foundation
import FuzzDriver
import StrictYAML
import Telemetry
import WireFormats

// libFuzzer feeds bytes: the first chooses a format, the rest is a payload. Whatever it is, the format answers with records
// or a reason, and reads no byte beyond the payload's end.

private func layout(_ text: String) -> BinaryLayout {
  do { return try BinaryLayout(YAMLValue.parse(text, file: "layout")) } catch { fatalError("\(error)") }
}

private let fixed = layout(
  """
  fields:
    - { name: kind, type: uint8 }
    - { name: value, type: int16, missing: [0x7FFF] }
    - repeat: end
      each: record
      every: 10m
      first: newest
      fields: [{ name: level, type: uint16 }, { name: half, type: float16 }]
  """)

private let items = layout(
  """
  fields:
    - stream: [channel, type]
      types:
        0: [{ name: "in_{channel}", type: uint8 }]
        103: [{ name: "temperature_{channel}", type: int16 }]
        136: [{ name: "latitude_{channel}", type: int24 }, { name: "longitude_{channel}", type: int24 }]
  """)

private let formats: [any WireFormat] = [
  PlainValue(), CSV(), LineProtocol(), LineProtocol(precision: .seconds), HJ212(), SL651(), SZY206(), CJT188(), fixed,
  items, SenMLCBOR(),
]

/// One format alone, by its place in the list, whatever the first byte says.
private let only = ProcessInfo.processInfo.environment["GANGLION_FUZZ_FORMAT"].flatMap { Int($0) }

// libFuzzer calls on one thread.
nonisolated(unsafe) private let records = FieldRecords()

private func check() {
  precondition(records.fields.count <= FieldRecords.mostFields && records.sharedCount <= records.fields.count)
  var end = 0
  for record in records.records {
    precondition(record.fields.lowerBound == end)
    end = record.fields.upperBound
    if case .at(let moment) = record.time { precondition(Timestamp.accepted.contains(moment), "\(moment)") }
  }
  precondition(end == records.fields.count)
  // Names and texts can be read as long as the payload is there.
  var sum: UInt64 = 0
  for field in records.fields {
    for byte in field.name { sum &+= UInt64(byte) }
    if case .double(let number) = field.value { precondition(number.isFinite || field.quality != .good) }
    for byte in field.unit { sum &+= UInt64(byte) }
    for byte in field.value.text ?? UnsafeRawBufferPointer(start: nil, count: 0) { sum &+= UInt64(byte) }
  }
  precondition(sum != .max)
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFormats(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count > 0 else { return 0 }
  // In memory of just its size, so that the address sanitizer sees each byte too many.
  let payload = UnsafeMutableRawBufferPointer.allocate(byteCount: count - 1, alignment: 1)
  defer { payload.deallocate() }
  payload.copyMemory(from: UnsafeRawBufferPointer(start: start + 1, count: count - 1))
  records.removeAll()
  let format = formats[only ?? Int(start[0]) % formats.count]
  if let refusal = format.read(UnsafeRawBufferPointer(payload), into: records) {
    precondition(!refusal.detail.isEmpty)
  } else {
    check()
  }
  return 0
}

@main
enum FuzzFormats {
  static func main() {
    fuzz({ fuzzFormats($0, $1) })
  }
}
