import Telemetry

/// Reads the segment of one packet: the header, then the data area, into one or more records.
struct HJ212Packet {
  /// The standard has nine.
  private static let mostHeaderFields = 16

  private let payload: UnsafeRawBufferPointer
  private let segment: Range<Int>
  private let records: FieldRecords

  init(_ payload: UnsafeRawBufferPointer, segment: Range<Int>, records: FieldRecords) {
    self.payload = payload
    self.segment = segment
    self.records = records
  }

  func read(run memory: UnsafeMutableBufferPointer<HJ212Item>) throws(Refusal) {
    let area = try dataArea()
    records.begin()
    let first = records.fields.count
    try readHeader(segment.lowerBound..<area.lowerBound - HJ212Packet.opening.utf8CodeUnitCount)
    var values = HJ212Values(records: records, header: first..<records.fields.count, run: memory)
    var items = HJ212Items(payload, area, isHeader: false)
    while let item = items.next() { try values.take(item) }
    values.finish()
  }

  private static let opening: StaticString = "CP=&&"

  /// What stands between the `&&`. The first of them ends the header, with or without a `;` before `CP`.
  private func dataArea() throws(Refusal) -> Range<Int> {
    let ampersand = UInt8(ascii: "&")
    let opening = HJ212Packet.opening.utf8CodeUnitCount
    var index = segment.lowerBound
    while index < segment.upperBound, payload[index] != ampersand { index += 1 }
    let start = index + 2
    guard start <= segment.upperBound, start - segment.lowerBound >= opening,
      HJ212Name.isSame(UnsafeRawBufferPointer(rebasing: payload[start - opening..<start]), HJ212Packet.opening)
    else {
      throw Refusal(.malformed, "the packet whose segment begins at offset \(segment.lowerBound) has no CP=&&")
    }
    let end = segment.upperBound - 2
    guard end >= start, payload[end] == ampersand, payload[end + 1] == ampersand else {
      throw Refusal(.malformed, "&& is expected at offset \(end), at the end of the data area")
    }
    return start..<end
  }

  private func readHeader(_ range: Range<Int>) throws(Refusal) {
    var items = HJ212Items(payload, range, isHeader: true)
    var count = 0
    while let item = items.next() {
      count += 1
      guard count <= HJ212Packet.mostHeaderFields else {
        throw Refusal(
          .malformed,
          "at most \(HJ212Packet.mostHeaderFields) header fields are expected, and more begin at offset \(item.offset)")
      }
      let known = HJ212Name.header(item.name)
      let (value, quality) = item.value(mayBeNumber: known?.isNumber ?? false)
      if let known {
        records.add(known.name, value, quality: quality)
      } else {
        records.add(item.name, value, quality: quality)
      }
    }
  }
}
