/// Writes what SenML needs of CBOR.
///
/// Source: RFC 8949, section 3.
struct CBORWriter {
  enum Kind: UInt8 {
    case unsigned, negative, bytes, text, array, map
  }

  private(set) var bytes: [UInt8] = []

  /// - Parameter count: of bytes, elements or pairs, or a number itself.
  mutating func head(_ kind: Kind, _ count: Int) {
    let high = kind.rawValue << 5
    switch count {
    case ..<24: bytes.append(high | UInt8(count))
    case ..<0x100: append(high | 24, count, 1)
    case ..<0x1_0000: append(high | 25, count, 2)
    case ..<0x1_0000_0000: append(high | 26, count, 4)
    default: append(high | 27, count, 8)
    }
  }

  mutating func integer(_ number: Int) {
    if number < 0 { head(.negative, -1 - number) } else { head(.unsigned, number) }
  }

  mutating func text(_ text: String) {
    head(.text, text.utf8.count)
    bytes += text.utf8
  }

  mutating func double(_ number: Double) { append(0xFB, Int(bitPattern: UInt(number.bitPattern)), 8) }

  mutating func null() { bytes.append(0xF6) }

  mutating func pair(_ label: Int, _ value: String) {
    integer(label)
    text(value)
  }

  mutating func pair(_ label: Int, _ value: Int) {
    integer(label)
    integer(value)
  }

  private mutating func append(_ first: UInt8, _ number: Int, _ width: Int) {
    var fields = BinaryFields()
    fields.append(number, bytes: width)
    bytes.append(first)
    bytes += fields.bytes
  }
}
