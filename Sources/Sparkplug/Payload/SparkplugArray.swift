import WireFormats

/// The elements of an array metric, packed into bytes: little-endian numbers one behind the other; truth values as a
/// count of four bytes and then bits, the first the highest; texts each ended by a zero byte.
///
/// Source: Eclipse Sparkplug 3.0, section 6.4.17.
enum SparkplugArray {
  /// Calls `body` with each element, in order.
  ///
  /// - Returns: false where the bytes are no such array; then there were no elements.
  static func forEach(_ type: SparkplugType, _ bytes: UnsafeRawBufferPointer, _ body: (RawValue) -> Void) -> Bool {
    switch type {
    case .int8Array: numbers(bytes, Int8.self) { body(.integer(Int64($0))) }
    case .int16Array: numbers(bytes, Int16.self) { body(.integer(Int64($0))) }
    case .int32Array: numbers(bytes, Int32.self) { body(.integer(Int64($0))) }
    case .int64Array, .dateTimeArray: numbers(bytes, Int64.self) { body(.integer($0)) }
    case .uint8Array: numbers(bytes, UInt8.self) { body(.integer(Int64($0))) }
    case .uint16Array: numbers(bytes, UInt16.self) { body(.integer(Int64($0))) }
    case .uint32Array: numbers(bytes, UInt32.self) { body(.integer(Int64($0))) }
    case .uint64Array: numbers(bytes, UInt64.self) { body(RawValue(unsigned: $0)) }
    case .floatArray: numbers(bytes, UInt32.self) { body(.double(Double(Float(bitPattern: $0)))) }
    case .doubleArray: numbers(bytes, UInt64.self) { body(.double(Double(bitPattern: $0))) }
    case .booleanArray: booleans(bytes, body)
    case .stringArray: texts(bytes, body)
    default: false
    }
  }

  private static func numbers<Number: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ type: Number.Type, _ body: (Number) -> Void
  ) -> Bool {
    let width = Number.bitWidth / 8
    guard bytes.count.isMultiple(of: width) else { return false }
    for offset in stride(from: 0, to: bytes.count, by: width) {
      body(Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type)))
    }
    return true
  }

  private static func booleans(_ bytes: UnsafeRawBufferPointer, _ body: (RawValue) -> Void) -> Bool {
    guard bytes.count >= 4 else { return false }
    let count = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
    guard count <= (bytes.count - 4) * 8 else { return false }
    for index in 0..<count { body(.boolean(bytes[4 + index / 8] & 0x80 >> UInt8(index % 8) != 0)) }
    return true
  }

  private static func texts(_ bytes: UnsafeRawBufferPointer, _ body: (RawValue) -> Void) -> Bool {
    guard bytes.isEmpty || bytes[bytes.count - 1] == 0 else { return false }
    var start = 0
    for end in 0..<bytes.count where bytes[end] == 0 {
      body(.text(UnsafeRawBufferPointer(rebasing: bytes[start..<end])))
      start = end + 1
    }
    return true
  }
}

extension RawValue {
  /// A whole number, as an `integer` where it is one.
  init(unsigned number: UInt64) { self = Int64(exactly: number).map(RawValue.integer) ?? .unsigned(number) }
}
