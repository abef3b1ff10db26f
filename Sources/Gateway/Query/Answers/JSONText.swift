import DeviceCatalog
import Foundation
import Telemetry

/// JSON, written straight into bytes. Answers have thousands of rows, for which `JSONEncoder` takes longer than all else
/// together.
///
/// The caller writes the fields of an object in the order of their names, as all JSON of the gateway has them.
struct JSONText {
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  mutating func object(_ body: (inout JSONText) throws -> Void) rethrows {
    try enclosed(in: UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  mutating func list<Items: Sequence>(
    _ items: Items, _ body: (inout JSONText, Items.Element) throws -> Void
  ) rethrows {
    try enclosed(in: UInt8(ascii: "["), UInt8(ascii: "]")) { text in for item in items { try body(&text, item) } }
  }

  private mutating func enclosed(
    in opening: UInt8, _ closing: UInt8, _ body: (inout JSONText) throws -> Void
  ) rethrows {
    separate()
    bytes.append(opening)
    isFirst = true
    try body(&self)
    bytes.append(closing)
    isFirst = false
  }

  /// The name of the field whose value comes next.
  mutating func key(_ name: String) {
    separate()
    append(quoted: name)
    bytes.append(UInt8(ascii: ":"))
    isFirst = true
  }

  mutating func field(_ name: String, _ value: AnswerValue) {
    key(name)
    self.value(value)
  }

  // For rows by the ten thousand: names that need no escapes, values that are not made into texts first.

  /// A text; null where there is none.
  ///
  /// - Parameter name: ASCII without quotes and backslashes.
  mutating func field(plain name: StaticString, _ text: String?) {
    key(plain: name)
    guard let text else { return word("null") }
    separate()
    append(quoted: text)
  }

  mutating func field(plain name: StaticString, _ time: CivilTime) {
    key(plain: name)
    separate()
    bytes.append(UInt8(ascii: "\""))
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: CivilTime.longestTextBytes) { text in
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<time.write(into: text)]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func key(plain name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    isFirst = true
  }

  /// Makes room for what is about to be written.
  mutating func reserve(_ bytes: Int) { self.bytes.reserveCapacity(self.bytes.count + bytes) }

  mutating func value(_ value: AnswerValue) {
    switch value {
    case .null: word("null")
    case .bool(let value): word(value ? "true" : "false")
    case .integer(let value): word(String(value))
    // There is no other way to say that a sum went beyond all numbers.
    case .number(let value): word(value.isFinite ? Number(value).text : "null")
    case .text(let value):
      separate()
      append(quoted: value)
    case .list(let values): list(values) { $0.value($1) }
    case .object(let fields): object { text in for (name, value) in fields.inOrder { text.field(name, value) } }
    }
  }

  /// What is JSON already.
  mutating func written(_ json: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
  }

  /// Ends a line of NDJSON, or the document.
  mutating func endLine() {
    bytes.append(UInt8(ascii: "\n"))
    isFirst = true
  }

  private mutating func word(_ word: String) {
    separate()
    bytes.append(contentsOf: word.utf8)
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }

  private mutating func append(quoted text: String) {
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    var text = text
    let isPlain = text.withUTF8 { utf8 in
      let isPlain = utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      if isPlain { bytes.append(contentsOf: utf8) }
      return isPlain
    }
    guard !isPlain else { return }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case 0x0D: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes += [Self.hexadecimal[Int(byte >> 4)], Self.hexadecimal[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)
}

extension [String: AnswerValue] {
  /// By the bytes of the names.
  fileprivate var inOrder: [(key: String, value: AnswerValue)] { sorted { $0.key.precedes($1.key) } }
}

/// What writes itself as JSON.
protocol JSONWritable: Sendable {
  func write(to text: inout JSONText) throws
}

extension JSONWritable where Self: Encodable {
  func write(to text: inout JSONText) throws { text.written(try Answer.json(self).dropLast()) }
}

extension JSONWritable {
  /// With a newline at the end.
  func json() throws -> Data {
    var text = JSONText()
    try write(to: &text)
    text.endLine()
    return Data(text.bytes)
  }
}
