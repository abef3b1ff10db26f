import Foundation
import Simulator
import TestSupport
import Testing
import WireFormats

@testable import Sparkplug

/// Arrays that are packed into bytes.
@Suite struct ArrayTests {
  private static let folder = conformanceFolder("sparkplug-b")

  private func elements(_ type: SparkplugType, _ bytes: [UInt8]) -> [String]? {
    bytes.withUnsafeBytes { bytes in
      var elements: [String] = []
      return SparkplugArray.forEach(type, bytes) { elements.append($0.text) } ? elements : nil
    }
  }

  private static let arrays: [(SparkplugType, [UInt8], [String])] = [
    (.int8Array, [0xFF, 0x7F], ["-1", "127"]),
    (.int16Array, [0x00, 0x80, 0x01, 0x00], ["-32768", "1"]),
    (.int32Array, [0xFE, 0xFF, 0xFF, 0xFF], ["-2"]),
    (.int64Array, [0, 0, 0, 0, 0, 0, 0, 0x80], ["\(Int64.min)"]),
    (.uint8Array, [0xFF], ["255"]), (.uint16Array, [0xFF, 0xFF], ["65535"]),
    (.uint32Array, [0xFF, 0xFF, 0xFF, 0xFF], ["4294967295"]),
    (.uint64Array, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], ["\(UInt64.max)u"]),
    (.floatArray, [0, 0, 0xC0, 0x3F], ["1.5"]), (.doubleArray, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], ["1.5"]),
    (.dateTimeArray, [0x10, 0x27, 0, 0, 0, 0, 0, 0], ["10000"]),
    (
      .booleanArray, [9, 0, 0, 0, 0b1010_0000, 0b1000_0000],
      ["true", "false", "true", "false", "false", "false", "false", "false", "true"]
    ),
    (.booleanArray, [0, 0, 0, 0], []), (.stringArray, [65, 0, 0, 66, 0], ["'A'", "''", "'B'"]),
    (.stringArray, [], []), (.int32Array, [], []),
  ]

  @Test("Elements are little-endian numbers, bits behind a count, or texts that a zero byte ends", arguments: arrays)
  func packed(_ type: SparkplugType, _ bytes: [UInt8], _ expected: [String]) {
    #expect(elements(type, bytes) == expected)
  }

  @Test(
    "Bytes that are no whole elements are no array",
    arguments: [
      (SparkplugType.int16Array, [1, 2, 3] as [UInt8]), (.doubleArray, [1, 2, 3, 4]), (.booleanArray, [1, 0, 0]),
      (.booleanArray, [9, 0, 0, 0, 0xFF]), (.booleanArray, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), (.stringArray, [65]),
      (.bytes, [1]), (.int32, [1, 0, 0, 0]),
    ])
  func broken(_ type: SparkplugType, _ bytes: [UInt8]) {
    #expect(elements(type, bytes) == nil)
  }

  @Test("An array that is none is one bad value under the metric's name; the rest of the message counts")
  func oneBadValue() {
    var host = HostApplication()
    let heard = host.hear(
      "spBv1.0/g/NBIRTH/n",
      WirePayload(
        seq: 0, WireMetric("a", .int16Array, .bytesValue(Data([1, 2, 3]))),
        WireMetric("b", .uint16Array, .bytesValue(Data([1, 0, 2, 0]))),
        WireMetric("c", .stringArray, .bytesValue(Data([65, 0, 0xC4, 0])))))
    #expect(heard == Heard(.birth, "a=object b/0=1 b/1=2 c/0='A' c/1=null!type"))
  }

  @Test("What a birth says of an array is the type of the data that follow")
  func typeOfBirth() {
    var host = HostApplication()
    _ = host.hear(
      "spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, WireMetric("a", alias: 1, .int8Array, .bytesValue(Data([1])))))
    let heard = host.hear(
      "spBv1.0/g/NDATA/n", WirePayload(seq: 1, WireMetric(alias: 1, nil, .bytesValue(Data([0xFE, 3])))))
    #expect(heard == Heard(.values, "a/0=-2 a/1=3"))
  }

  @Test("Random arrays have the elements that they were made of")
  func random() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<500 {
      let numbers = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        Int32.random(in: .min ... .max, using: &random)
      }
      #expect(
        elements(.int32Array, numbers.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
          == numbers.map { "\($0)" })
      let bits = (0..<Int.random(in: 0...40, using: &random)).map { _ in Bool.random(using: &random) }
      var bytes = withUnsafeBytes(of: UInt32(bits.count).littleEndian, Array.init)
      for start in stride(from: 0, to: bits.count, by: 8) {
        bytes.append(
          bits[start..<min(start + 8, bits.count)].enumerated().reduce(0) { $0 | ($1.element ? 0x80 >> $1.offset : 0) })
      }
      #expect(elements(.booleanArray, bytes) == bits.map { "\($0)" })
    }
  }

  // MARK: The specification's examples

  private struct Vectors: Decodable {
    struct Vector: Decodable {
      let datatype: UInt32
      let values: [Value]
      let bytes_value: String
    }
    let vectors: [Vector]
  }

  private enum Value: Decodable {
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      self = try (try? container.decode(Double.self)).map(Value.number) ?? .text(container.decode(String.self))
    }

    func isEqual(to element: String) -> Bool {
      switch self {
      case .number(let number):
        Double(element).map { abs($0 - number) < 1e-5 } ?? (element == "\(number != 0)")
      case .text(let text): element == text || element == text + "u" || element == "'\(text)'"
      }
    }
  }

  /// Examples that contradict the specification's own text, "little-endian", by their place in the file: an Int8Array
  /// whose first element has the bits of -17 and not of -23, and a FloatArray and a DoubleArray that are big-endian.
  private static let wrongExamples: [Int: [String]] = [
    1: ["-17", "123"],
    9: ["\(Double(Float(bitPattern: 0xA470_9D3F)))", "\(Double(Float(bitPattern: 0x98AE_B242)))"],
    10: ["\(Double(bitPattern: 0xD7A2_0568_5BB5_2840))", "\(Double(bitPattern: 0x8E17_1C6F_4CF7_8F40))"],
  ]

  @Test(
    "The specification's arrays have its values, but for three that contradict its text",
    .enabled(if: folder != nil, "shared/conformance/sparkplug-b is absent"))
  func vectors() throws {
    let file = try #require(Self.folder).appendingPathComponent("array-vectors.json")
    let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file)).vectors
    #expect(vectors.count == 13)
    for (index, vector) in vectors.enumerated() {
      let digits = Array(vector.bytes_value.replacing("x", with: "0"))
      let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
      let read = elements(SparkplugType(number: UInt64(vector.datatype)), bytes)
      if let wrong = Self.wrongExamples[index] {
        #expect(read == wrong)
      } else {
        let read = try #require(read)
        #expect(read.count == vector.values.count)
        #expect(zip(vector.values, read).allSatisfy { $0.isEqual(to: $1) }, "\(read), not \(vector.values)")
      }
    }
  }
}
