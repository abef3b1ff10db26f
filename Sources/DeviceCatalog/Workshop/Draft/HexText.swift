extension Sequence<UInt8> {
  /// Two digits a byte, as `hex` of an example has them.
  func hex(separator: String = "") -> String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: separator)
  }
}
