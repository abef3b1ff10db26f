/// Walks over the fields of a Protocol Buffers message where it lies, without making anything of it.
///
/// Groups, which no message here has, count as broken. Source: protobuf.dev, Encoding.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(UnsafeRawBufferPointer)
  }

  private let bytes: UnsafeRawBufferPointer
  /// Bytes that were read; where the fault begins, once it is broken.
  private(set) var position = 0
  /// What was read so far is good, what follows is not a field.
  private(set) var isBroken = false

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// The next field; nil at the end, and where it is broken.
  @inline(__always)
  mutating func next() -> (number: UInt64, value: Value)? {
    guard position < bytes.count, !isBroken else { return nil }
    let start = position
    guard let key = varint(), key >> 3 != 0, key < UInt32.max, let value = value(ofType: key & 7) else {
      position = start
      isBroken = true
      return nil
    }
    return (key >> 3, value)
  }

  /// The next of numbers that are packed, one behind the other without keys.
  mutating func nextPacked() -> UInt64? {
    guard position < bytes.count, !isBroken else { return nil }
    let number = varint()
    isBroken = number == nil
    return number
  }

  @inline(__always)
  private mutating func value(ofType type: UInt64) -> Value? {
    switch type {
    case 0: return varint().map(Value.varint)
    case 1: return fixed(UInt64.self).map(Value.fixed64)
    case 2:
      guard let count = varint(), count <= UInt64(bytes.count - position) else { return nil }
      let start = position
      position += Int(count)
      return .bytes(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
    case 5: return fixed(UInt32.self).map(Value.fixed32)
    default: return nil
    }
  }

  @inline(__always)
  private mutating func varint() -> UInt64? {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
    return nil
  }

  @inline(__always)
  private mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) -> Number? {
    guard bytes.count - position >= MemoryLayout<Number>.size else { return nil }
    defer { position += MemoryLayout<Number>.size }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
  }
}
