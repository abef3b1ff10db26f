import DeviceCatalog
import Foundation
import StrictYAML
import Telemetry
import TestSupport
import Testing
import WireFormats

/// Layouts against the published examples of real devices, whose own decoders are scripts.
@Suite
struct LayoutVectorTests {
  private static let folder = conformanceFolder("lorawan")

  private struct Vector {
    let device: String
    let port: UInt8
    let payload: [UInt8]
    let output: [String: Any]
  }

  private static func vectors() throws -> [Vector] {
    guard let folder else { return [] }
    let text = try String(contentsOf: folder.appendingPathComponent("ttn-uplink-vectors-all.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let hex = Array(try #require(json["hex"] as? String))
      let payload = try stride(from: 0, to: hex.count, by: 2).map { index in
        try #require(UInt8(String(hex[index...index + 1]), radix: 16))
      }
      return Vector(
        device: try #require(json["device"] as? String), port: UInt8(try #require(json["fPort"] as? Int)),
        payload: payload, output: try #require(json["output"] as? [String: Any]))
    }
  }

  @Test(
    "Every value of every example is the layout's field, scaled, or is listed with why it is none",
    .enabled(if: folder != nil, "shared/conformance/lorawan is absent"), arguments: VendorLayout.all)
  func examples(_ vendor: VendorLayout) throws {
    let vectors = try Self.vectors().filter { vendor.devices.contains($0.device) }
    #expect(Set(vectors.map(\.device)) == Set(vendor.devices))
    let layout = try BinaryLayout(YAMLValue.parse(vendor.layout, file: "layout.yaml"))
    let lines = vendor.values.split(separator: "\n").map(VendorValue.init)
    for vector in vectors {
      try check(vector, layout, lines, vendor.unread)
      cut(vector, layout)
    }
  }

  /// Devices with examples and no layout here.
  private static let withoutLayout = [
    "decentlab/dl-dlr2-008-2000": "a temperature from a curve that the one example does not tell",
    "decentlab/dl-dlr2-012": "a strain from a curve that the one example does not tell",
    "decentlab/dl-kl66-1538372-464859": "a frequency that is the quotient of two fields, and its square",
    "develiot/rwmr": "a temperature whose scale the one example does not tell",
    "dingtek/dc410": "as df530; its own bits are 0 in all examples",
    "dingtek/df702": "as df530; its own bits are 0 in all examples",
    "dragino/lse01": "as lht65; what its last byte says the example does not tell",
    "dragino/lsn50-v2": "as lht65; most of its values are 0 in the one example",
    "dragino/lsn50v2-d20": "as lht65; most of its values are 0 in the one example",
    "dragino/lsn50v2-s31": "as lht65; most of its values are 0 in the one example",
    "dragino/lt22222-l": "as lht65; words for bits that the one example does not tell apart",
    "dragino/lt33222-l": "as lht65; words for bits that the one example does not tell apart",
    "stmicroelectronics/nucleo-wl55jc": "two values, one of which 25 tells nothing of its scale",
    "strega/smart-switch": "a text with separators, and behind them bytes: no layout can say that",
    "strega/smart-valve": "a text with separators, and behind them bytes: no layout can say that",
  ]

  @Test(
    "Every device with examples has a layout here, or is listed with why it has none",
    .enabled(if: folder != nil, "shared/conformance/lorawan is absent"))
  func devices() throws {
    let laidOut = Set(VendorLayout.all.flatMap(\.devices))
    #expect(laidOut.isDisjoint(with: Self.withoutLayout.keys))
    #expect(Set(try Self.vectors().map(\.device)) == laidOut.union(Self.withoutLayout.keys))
  }

  private func check(
    _ vector: Vector, _ layout: BinaryLayout, _ lines: [VendorValue], _ unread: [String: String]
  ) throws {
    let records = FieldRecords()
    let refusal = vector.payload.withUnsafeBytes { layout.read($0, port: vector.port, into: records) }
    guard let data = vector.output["data"] else {
      #expect(refusal?.detail == "the layout has no fields for port \(vector.port)")
      return
    }
    try #require(refusal == nil, "\(vector.device): \(refusal?.detail ?? "")")
    for (path, expected) in leaves(data, "") {
      if let line = lines.first(where: { $0.path == path }) {
        let problem = line.problem(records, expected)
        #expect(problem == nil, "\(vector.device) \(path) on port \(vector.port): \(problem ?? "")")
      } else {
        let isListed = unread.keys.contains { path.contains($0) }
        #expect(isListed, "\(vector.device): no field is for \(path), \(expected)")
      }
    }
  }

  /// Cut off at every byte it gives values or a reason, and no trap.
  private func cut(_ vector: Vector, _ layout: BinaryLayout) {
    let records = FieldRecords()
    for count in vector.payload.indices {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
      defer { memory.deallocate() }
      memory.copyBytes(from: vector.payload[..<count])
      records.removeAll()
      let refusal = layout.read(UnsafeRawBufferPointer(memory), port: vector.port, into: records)
      #expect(refusal?.detail.isEmpty != true)
    }
  }

  private func leaves(_ value: Any, _ path: String) -> [(path: String, value: Any)] {
    func step(_ name: String) -> String {
      (path.isEmpty ? "" : path + "/") + String(name.map { $0 == " " ? "_" : $0 })
    }
    if let object = value as? [String: Any] { return object.flatMap { leaves($0.value, step($0.key)) } }
    if let list = value as? [Any] { return list.enumerated().flatMap { leaves($0.element, step("\($0.offset)")) } }
    return [(path, value)]
  }
}

/// A line of a vendor's values.
private struct VendorValue {
  let path: String
  private let field: String
  private let record: Int?
  private let rule: Substring
  private let numbers: [Double]

  init(_ line: Substring) {
    let words = line.split(separator: " ")
    path = String(words[0])
    let source = words[1].split(separator: "@")
    field = String(source[0])
    record = source.count > 1 ? Int(source[1]) : nil
    rule = words.count > 2 ? words[2] : ""
    numbers = words.dropFirst(2).compactMap { Double($0) }
  }

  /// What differs; nil where nothing does.
  func problem(_ records: FieldRecords, _ expected: Any) -> String? {
    let range = record.map { records.records.indices.contains($0) ? records.records[$0].fields : 0..<0 }
    let fields = range.map { records.fields[$0] } ?? records.fields[...]
    guard let found = fields.first(where: { String(decoding: $0.name, as: UTF8.self) == field }) else {
      return "the field \(field) is not there"
    }
    let isNumber = Self.number(expected) != nil
    if found.quality == .missing { return isNumber ? "\(field) is missing, and \(expected) expected" : nil }
    guard found.quality == .good else { return "\(field) is \(found.quality)" }
    let text = Self.text(found.value)
    let isSame =
      rule == "time"
      ? isTime(text, expected) : rule.contains("=") ? isWord(text, expected) : isValue(found.value, expected)
    return isSame ? nil : "\(field) is \(text), and \(expected) expected"
  }

  private func isTime(_ text: String, _ expected: Any) -> Bool {
    let time = Array("\(expected)".utf8).withUnsafeBytes { CivilTime.parse($0) }
    return time.map { "\($0.wallSeconds)" } == text
  }

  private func isWord(_ text: String, _ expected: Any) -> Bool {
    let pairs = rule.split(separator: ",").map { $0.split(separator: "=") }
    guard let pair = pairs.first(where: { $0[0] == text }) else { return false }
    return pair[1].replacing("_", with: " ") == "\(expected)".replacing("_", with: " ")
  }

  private func isValue(_ value: RawValue, _ expected: Any) -> Bool {
    if case .text(let bytes) = value { return String(decoding: bytes, as: UTF8.self) == "\(expected)" }
    guard let raw = Double(Self.text(value)) ?? ["true": 1, "false": 0][Self.text(value)],
      let expected = Self.number(expected)
    else { return false }
    var number = raw * (numbers.first ?? 1) + (numbers.count > 1 ? numbers[1] : 0)
    if numbers.count > 2 { number = (number * pow(10, numbers[2])).rounded() / pow(10, numbers[2]) }
    return abs(number - expected) <= 1e-7 * max(1, abs(expected))
  }

  /// A number, or the one at the begin of a text such as `25 ℃`.
  private static func number(_ value: Any) -> Double? {
    if let number = value as? NSNumber { return number.doubleValue }
    guard let text = value as? String else { return nil }
    return Double(text.prefix { "-0123456789.".contains($0) })
  }

  private static func text(_ value: RawValue) -> String {
    switch value {
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .double(let value): "\(value)"
    case .text(let bytes): String(decoding: bytes, as: UTF8.self)
    default: "nothing"
    }
  }
}
