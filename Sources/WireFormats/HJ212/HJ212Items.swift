/// Divides a header or a data area into its items.
///
/// Invariants
/// - What a name ending in `PW` is set to never comes out, nor does any part of it, unless it stands in a text.
/// - Each byte is looked at twice at most: again only what stands between a value and the name behind it, where the
///   separator is missing, and once for the end of a text where none is.
struct HJ212Items {
  private let payload: UnsafeRawBufferPointer
  private let isHeader: Bool
  private let end: Int
  private var position: Int
  private var isBehindSemicolon = true
  private var mayHoldTexts: Bool

  /// - Parameters:
  ///   - range: of the header, without `CP=`, or of the data area, without the `&&` around it.
  ///   - isHeader: commas divide nothing there, no texts stand between `//`, and no value is cut: an `MN` may begin with
  ///     digits.
  init(_ payload: UnsafeRawBufferPointer, _ range: Range<Int>, isHeader: Bool) {
    self.payload = payload
    self.isHeader = isHeader
    mayHoldTexts = !isHeader
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next item with a name and a `=`; nil at the end.
  mutating func next() -> HJ212Item? {
    while position < end {
      var parts = Parts(start: position)
      scan(&parts)
      let opensGroup = isBehindSemicolon
      isBehindSemicolon = false
      if position == parts.end, position < end, !parts.isCut {
        isBehindSemicolon = payload[position] == UInt8(ascii: ";")
        position += 1
      }
      if let item = item(parts, opensGroup: opensGroup) { return item }
      isBehindSemicolon = isBehindSemicolon || opensGroup
    }
    return nil
  }

  /// Where the parts of an item stand.
  private struct Parts {
    let start: Int
    var dash: Int?
    var equals: Int?
    /// Of a text between `//`.
    var inner: Range<Int>?
    var end: Int
    var isWhole = true
    /// It ends where the next name begins.
    var isCut = false

    init(start: Int) {
      self.start = start
      end = start
    }
  }

  /// Goes to the separator behind an item, or to the name that follows without one.
  @inline(__always)
  private mutating func scan(_ parts: inout Parts) {
    scanning: while position < end {
      let byte = payload[position]
      switch byte {
      case _ where !HJ212Items.mayDivide(byte): break
      case UInt8(ascii: ";"): break scanning
      case UInt8(ascii: ",") where !isHeader: break scanning
      case UInt8(ascii: "-") where parts.equals == nil && parts.dash == nil: parts.dash = position
      case UInt8(ascii: "=") where parts.equals == nil:
        parts.equals = position
        skipText(&parts)
      case UInt8(ascii: "="):
        if cut(&parts) { return }
        parts.isWhole = false
      default: break
      }
      position += 1
    }
    parts.end = position
  }

  /// One comparison for most bytes instead of four.
  @inline(__always)
  private static func mayDivide(_ byte: UInt8) -> Bool {
    let dividers: UInt64 = 1 << 0x2C | 1 << 0x2D | 1 << 0x3B | 1 << 0x3D
    return byte < 64 && dividers >> UInt64(byte) & 1 == 1
  }

  /// Goes to the end of a text between `//`, so that nothing in it counts; stays where there is none.
  private mutating func skipText(_ parts: inout Parts) {
    let slash = UInt8(ascii: "/")
    let start = position + 3
    guard mayHoldTexts, start <= end, payload[position + 1] == slash, payload[position + 2] == slash else { return }
    var index = start
    while index + 1 < end, payload[index] != slash || payload[index + 1] != slash { index += 1 }
    guard index + 1 < end else {
      mayHoldTexts = false
      return
    }
    parts.inner = start..<index
    position = index + 1
  }

  /// At a second `=`: ends the item before the name that stands there, if that can be told.
  private mutating func cut(_ parts: inout Parts) -> Bool {
    guard !isHeader, parts.isWhole, parts.inner == nil, let equals = parts.equals,
      let item = item(parts, opensGroup: false),
      let valueEnd = item.kind == .flag ? equals + 2 : numberEnd(from: equals + 1), valueEnd < position
    else { return false }
    parts.end = valueEnd
    parts.isCut = true
    position = valueEnd
    return true
  }

  /// Where a number ends that a letter follows; nil where none does, or an e, which may be of the number or of a name.
  private func numberEnd(from start: Int) -> Int? {
    var index = start
    if payload[index] == UInt8(ascii: "-") || payload[index] == UInt8(ascii: "+") { index += 1 }
    while index < position, payload[index] &- 0x30 <= 9 || payload[index] == UInt8(ascii: ".") { index += 1 }
    guard index > start, index < position, HJ212Name.isLetter(payload[index]),
      payload[index] | 0x20 != UInt8(ascii: "e")
    else { return nil }
    return index
  }

  /// Nil where there is no name or no `=`, and where the value is secret.
  @inline(__always)
  private func item(_ parts: Parts, opensGroup: Bool) -> HJ212Item? {
    guard let equals = parts.equals else { return nil }
    var start = parts.start
    while start < equals, payload[start] <= 0x20 || payload[start] == UInt8(ascii: ",") { start += 1 }
    let name = UnsafeRawBufferPointer(rebasing: payload[start..<equals])
    guard !name.isEmpty, !HJ212Name.isSecret(name) else { return nil }
    let codeCount = isHeader ? 0 : max(0, (parts.dash ?? start) - start)
    return HJ212Item(
      name: name, codeCount: codeCount, text: trimmed(parts.inner ?? equals + 1..<max(equals + 1, parts.end)),
      offset: start, opensGroup: opensGroup, isWhole: parts.isWhole)
  }

  private func trimmed(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, payload[start] <= 0x20 { start += 1 }
    while start < end, payload[end - 1] <= 0x20 { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: payload[start..<end])
  }
}
