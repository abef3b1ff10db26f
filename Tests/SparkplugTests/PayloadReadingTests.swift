import Foundation
import Simulator
import SwiftProtobuf
import TestSupport
import Testing
import WireFormats

@testable import Sparkplug

/// The payload's own reader finds what the library finds.
@Suite struct PayloadReadingTests {
  private let payloads = 3000

  @Test("A payload has the library's times, numbers and metrics, and each value all that is in it")
  func payload() throws {
    var source = RandomPayload(seed: testSeed())
    for _ in 0..<payloads {
      let written = source.payload()
      try expectEqual(written.bytes, written)
    }
  }

  @Test("Fields that the schema does not have are passed over")
  func unknownFields() throws {
    var source = RandomPayload(seed: testSeed())
    for _ in 0..<payloads {
      let written = source.payload()
      var bytes: [UInt8] = []
      for field in fields(of: written.bytes) {
        bytes += source.list(0...2) { unknownField(&$0.random) }.flatMap(\.self) + field
      }
      let read = try WirePayload(serializedBytes: bytes)
      #expect(read.metrics == written.metrics)
      try expectEqual(bytes, read)
    }
  }

  @Test("The types of a data set may be packed, be they of one byte or of more")
  func packedTypes() throws {
    var source = RandomPayload(seed: testSeed())
    for _ in 0..<500 {
      var set = WireDataSet()
      set.columns = source.list(0...4) { "\(Int.random(in: 0...9, using: &$0.random))" }
      let types = source.list(0...4) { UInt32.random(in: 0...300, using: &$0.random) }
      set.rows = source.list(0...2) { source in
        var row = WireRow()
        row.elements = source.list(0...4) { source in
          var cell = WireCell()
          cell.intValue = UInt32.random(in: 0...(.max), using: &source.random)
          return cell
        }
        return row
      }
      let packed = types.flatMap { varint(UInt64($0)) }
      let whole: [UInt8] = try set.serializedBytes()
      let bytes = whole + [0x1A, UInt8(packed.count)] + packed
      let read = try WireDataSet(serializedBytes: bytes)
      #expect(read.types == types)
      #expect(rows(bytes) == rows(read))
    }
  }

  @Test("What the library refuses is answered all the same, and what it takes is taken")
  func changedBytes() throws {
    var source = RandomPayload(seed: testSeed())
    var counts = (both: 0, libraryAlone: 0)
    for _ in 0..<payloads {
      var bytes = source.payload().bytes
      guard !bytes.isEmpty else { continue }
      for _ in 0..<Int.random(in: 1...3, using: &source.random) {
        bytes[Int.random(in: 0..<bytes.count, using: &source.random)] = UInt8.random(in: 0...255, using: &source.random)
      }
      var payload = SparkplugPayload()
      let refusal = bytes.withUnsafeBytes { payload.read($0) }
      guard (try? WirePayload(serializedBytes: bytes)) != nil else { continue }
      counts.both += refusal == nil ? 1 : 0
      counts.libraryAlone += refusal == nil ? 0 : 1
    }
    // The library passes over groups, which the reader does not know.
    #expect(counts.both > payloads / 10)
    #expect(counts.libraryAlone < payloads / 100)
  }

  // MARK: Comparing

  private func expectEqual(_ bytes: [UInt8], _ expected: WirePayload) throws {
    try bytes.withUnsafeBytes { bytes in
      var payload = SparkplugPayload()
      try #require(payload.read(bytes) == nil)
      #expect(payload.timestamp == (expected.hasTimestamp ? expected.timestamp : nil))
      #expect(payload.seq == (expected.hasSeq ? expected.seq : nil))
      #expect(payload.metrics.map(\.text) == expected.metrics.map(\.text))
    }
  }

  private func rows(_ bytes: [UInt8]) -> [String] { bytes.withUnsafeBytes { readRows($0) } }

  private func rows(_ set: WireDataSet) -> [String] { set.rowTexts }

  // MARK: Writing

  /// The fields of a message, each with its key.
  private func fields(of bytes: [UInt8]) -> [[UInt8]] {
    bytes.withUnsafeBytes { bytes in
      var reader = ProtobufReader(bytes)
      var fields: [[UInt8]] = []
      var start = 0
      while reader.next() != nil {
        fields.append(Array(bytes[start..<reader.position]))
        start = reader.position
      }
      return fields
    }
  }

  private func unknownField(_ random: inout RandomSource) -> [UInt8] {
    let key = UInt64.random(in: 4...40_000, using: &random) << 3
    switch Int.random(in: 0...3, using: &random) {
    case 0: return varint(key) + varint(random.next())
    case 1: return varint(key | 1) + [1, 2, 3, 4, 5, 6, 7, 8]
    case 2: return varint(key | 2) + [3, 0xFF, 0xFF, 0xFF]
    default: return varint(key | 5) + [1, 2, 3, 4]
    }
  }

  private func varint(_ number: UInt64) -> [UInt8] {
    number < 0x80 ? [UInt8(number)] : [UInt8(truncatingIfNeeded: number) | 0x80] + varint(number >> 7)
  }
}

// MARK: What both say of a metric

private func readRows(_ set: UnsafeRawBufferPointer) -> [String] {
  var rows: [String] = []
  let isWhole = SparkplugDataSet.forEachRow(of: set, columnName: { $0 }) { columns, row in
    rows.append(zip(columns, row).map { "\(String(decoding: $0, as: UTF8.self))=\($1.text)" }.joined(separator: ","))
    return true
  }
  return isWhole ? rows : rows + ["broken"]
}

extension SparkplugMetric {
  fileprivate var text: String {
    let flags = "\(isHistorical) \(isNull) \(quality)"
    let type = datatype.map { "\($0)" } ?? "-"
    return "\(name.map { String(decoding: $0, as: UTF8.self) } ?? "-") \(alias as Any) \(timestamp as Any) \(type) "
      + "\(flags) \(value.text)"
  }
}

extension SparkplugMetric.Value {
  fileprivate var text: String {
    switch self {
    case .none: "none"
    case .int(let number): "int \(number)"
    case .long(let number): "long \(number)"
    case .float(let number): "float \(number)"
    case .double(let number): "double \(number)"
    case .boolean(let isTrue): "boolean \(isTrue)"
    case .text(let text): "text \(String(decoding: text, as: UTF8.self))"
    case .bytes(let bytes): "bytes \(Array(bytes))"
    case .dataSet(let set): "rows \(readRows(set))"
    case .template(let bytes): "template \(members(bytes))"
    }
  }

  private func members(_ template: UnsafeRawBufferPointer) -> [String] {
    var reader = ProtobufReader(template)
    var members: [String] = []
    while let field = reader.next() {
      if field.number == 2, case .bytes(let bytes) = field.value {
        members.append(SparkplugMetric(bytes)?.text ?? "broken")
      } else if field.number == 5, case .varint(let number) = field.value {
        members.append("definition \(number != 0)")
      }
    }
    return members
  }
}

extension WireMetric {
  fileprivate var text: String {
    let type = hasDatatype ? "\(SparkplugType(rawValue: datatype) ?? .unknown)" : "-"
    let alias = hasAlias ? alias : nil
    let timestamp = hasTimestamp ? timestamp : nil
    return "\(hasName ? name : "-") \(alias as Any) \(timestamp as Any) \(type) \(isHistorical) \(isNull) "
      + "\(quality) \(value?.text ?? "none")"
  }

  private var quality: String {
    guard let index = properties.keys.firstIndex(of: "Quality"), index < properties.values.count else { return "good" }
    let code: UInt64? =
      switch properties.values[index].value {
      case .intValue(let code): UInt64(code)
      case .longValue(let code): code
      case nil: nil
      }
    return [nil: "good", 192: "good", 500: "stale"][code] ?? "device"
  }
}

extension WireMetric.OneOf_Value {
  fileprivate var text: String {
    switch self {
    case .intValue(let number): "int \(number)"
    case .longValue(let number): "long \(number)"
    case .floatValue(let number): "float \(number)"
    case .doubleValue(let number): "double \(number)"
    case .booleanValue(let isTrue): "boolean \(isTrue)"
    case .stringValue(let text): "text \(text)"
    case .bytesValue(let bytes): "bytes \(Array(bytes))"
    case .datasetValue(let set): "rows \(set.rowTexts)"
    case .templateValue(let template):
      "template \(template.memberTexts)"
    }
  }
}

extension WireTemplate {
  fileprivate var memberTexts: [String] {
    metrics.map(\.text) + (hasIsDefinition ? ["definition \(isDefinition)"] : [])
  }
}

extension WireDataSet {
  fileprivate var rowTexts: [String] {
    rows.map { row in
      let values = row.elements.enumerated().map { index, cell in
        cell.text(SparkplugType(number: index < types.count ? UInt64(types[index]) : 0))
      }
      return zip(columns, values).map { "\($0)=\($1)" }.joined(separator: ",")
    }
  }
}

extension WireCell {
  fileprivate func text(_ type: SparkplugType) -> String {
    switch value {
    case .intValue(let number): RawValue(number, as: type).text
    case .longValue(let number): RawValue(number, as: type).text
    case .floatValue(let number): "\(Double(number))"
    case .doubleValue(let number): "\(number)"
    case .booleanValue(let isTrue): "\(isTrue)"
    case .stringValue(let text): "'\(text)'"
    case nil: "null"
    }
  }
}
