import Telemetry

/// A metric as it stands in a payload: texts and what holds several values are bytes of the payload.
///
/// The numbers of the fields are those of `Schema/payload.proto`. Source: Eclipse Sparkplug 3.0, section 6.4.
struct SparkplugMetric {
  enum Value {
    case none
    case int(UInt32)
    case long(UInt64)
    case float(Float)
    case double(Double)
    case boolean(Bool)
    case text(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
    case dataSet(UnsafeRawBufferPointer)
    case template(UnsafeRawBufferPointer)

    /// It may hold several values.
    var hasParts: Bool {
      switch self {
      case .bytes, .dataSet, .template: true
      default: false
      }
    }
  }

  private(set) var name: UnsafeRawBufferPointer?
  private(set) var alias: UInt64?
  /// Milliseconds since 1970.
  private(set) var timestamp: UInt64?
  private(set) var datatype: SparkplugType?
  private(set) var isHistorical = false
  private(set) var isNull = false
  private(set) var quality = Quality.good
  private(set) var value = Value.none

  /// Nil where the bytes are no metric.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = ProtobufReader(bytes)
    while let field = reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let text)): name = text
      case (2, .varint(let number)): alias = number
      case (3, .varint(let number)): timestamp = number
      case (4, .varint(let number)): datatype = SparkplugType(number: number)
      case (5, .varint(let number)): isHistorical = number != 0
      case (7, .varint(let number)): isNull = number != 0
      case (9, .bytes(let properties)): quality = Self.quality(properties)
      default: value = Self.value(field.number, field.value) ?? value
      }
    }
    if reader.isBroken { return nil }
  }

  @inline(__always)
  private static func value(_ number: UInt64, _ value: ProtobufReader.Value) -> Value? {
    switch (number, value) {
    case (10, .varint(let number)): .int(UInt32(truncatingIfNeeded: number))
    case (11, .varint(let number)): .long(number)
    case (12, .fixed32(let bits)): .float(Float(bitPattern: bits))
    case (13, .fixed64(let bits)): .double(Double(bitPattern: bits))
    case (14, .varint(let number)): .boolean(number != 0)
    case (15, .bytes(let text)): .text(text)
    case (16, .bytes(let bytes)): .bytes(bytes)
    case (17, .bytes(let set)): .dataSet(set)
    case (18, .bytes(let template)): .template(template)
    default: nil
    }
  }

  // MARK: Quality

  private static let qualityKey: StaticString = "Quality"

  /// What the property `Quality` says: its place among the keys is that of its value among the values.
  private static func quality(_ properties: UnsafeRawBufferPointer) -> Quality {
    var reader = ProtobufReader(properties)
    var keys = 0
    var wanted: Int?
    while let field = reader.next() {
      guard field.number == 1, case .bytes(let key) = field.value else { continue }
      if wanted == nil,
        key.elementsEqual(UnsafeBufferPointer(start: qualityKey.utf8Start, count: qualityKey.utf8CodeUnitCount))
      {
        wanted = keys
      }
      keys += 1
    }
    guard let wanted else { return .good }
    reader = ProtobufReader(properties)
    var values = 0
    while let field = reader.next() {
      guard field.number == 2, case .bytes(let property) = field.value else { continue }
      if values == wanted { return quality(ofProperty: property) }
      values += 1
    }
    return .good
  }

  /// A property without a number says nothing.
  private static func quality(ofProperty property: UnsafeRawBufferPointer) -> Quality {
    var reader = ProtobufReader(property)
    while let field = reader.next() {
      guard field.number == 3 || field.number == 4, case .varint(let code) = field.value else { continue }
      switch code {
      case 192: return .good
      case 500: return .stale
      default: return .device
      }
    }
    return .good
  }
}
