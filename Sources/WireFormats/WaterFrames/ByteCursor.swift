/// Walks over bytes from the first to the last, and never beyond it.
struct ByteCursor {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// How many bytes are left.
  var remaining: Int { bytes.count - position }

  /// The next byte; nil at the end.
  mutating func byte() -> UInt8? {
    guard remaining > 0 else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next bytes, counted from 0; nil, and no step, where fewer are left.
  mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// Takes two bytes that are both this one; false, and no step, where others stand there.
  mutating func takeTwice(_ byte: UInt8) -> Bool {
    guard isTwice(byte, after: 0) else { return false }
    position += 2
    return true
  }

  /// True where two of this byte stand so many bytes ahead.
  func isTwice(_ byte: UInt8, after count: Int) -> Bool {
    guard count >= 0, count <= remaining - 2 else { return false }
    return bytes[position + count] == byte && bytes[position + count + 1] == byte
  }
}
