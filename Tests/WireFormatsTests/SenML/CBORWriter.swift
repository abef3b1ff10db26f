/// Writes CBOR, byte by byte as RFC 8949 has it, for tests.
enum CBORWriter {
  indirect enum Value {
    case integer(Int64)
    case double(Double)
    case text(String)
    case boolean(Bool)
    case list([Value])
    case map([(Value, Value)])
    /// Bytes as they are.
    case raw([UInt8])
  }

  static func bytes(_ value: Value) -> [UInt8] {
    switch value {
    case .integer(let number):
      return number < 0 ? head(1, UInt64(bitPattern: -1 - number)) : head(0, UInt64(number))
    case .double(let number): return [0xFB] + bigEndian(number.bitPattern, 8)
    case .text(let text): return head(3, UInt64(text.utf8.count)) + Array(text.utf8)
    case .boolean(let isTrue): return [isTrue ? 0xF5 : 0xF4]
    case .list(let items): return head(4, UInt64(items.count)) + items.flatMap(bytes)
    case .map(let pairs): return head(5, UInt64(pairs.count)) + pairs.flatMap { bytes($0.0) + bytes($0.1) }
    case .raw(let bytes): return bytes
    }
  }

  private static func head(_ type: UInt8, _ number: UInt64) -> [UInt8] {
    switch number {
    case ..<24: [type << 5 | UInt8(number)]
    case ..<(1 << 8): [type << 5 | 24] + bigEndian(number, 1)
    case ..<(1 << 16): [type << 5 | 25] + bigEndian(number, 2)
    case ..<(1 << 32): [type << 5 | 26] + bigEndian(number, 4)
    default: [type << 5 | 27] + bigEndian(number, 8)
    }
  }

  private static func bigEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (UInt64($0) * 8)) }
  }
}
