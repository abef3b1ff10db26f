/// Numbers as bytes, the highest first.
struct BinaryFields {
  private(set) var bytes: [UInt8] = []

  /// The lowest `count` bytes of a number; a negative one is its two's complement.
  mutating func append(_ number: Int, bytes count: Int) {
    for place in stride(from: (count - 1) * 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> place))
    }
  }
}
