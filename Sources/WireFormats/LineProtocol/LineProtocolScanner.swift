/// Walks over line protocol and takes its parts: names, texts, bare words, blanks and line ends.
///
/// Invariants
/// - `position` is at most the payload's size.
/// - A part is a range of the payload; what is escaped in it is still escaped.
struct LineProtocolScanner {
  /// A part of a line.
  struct Part {
    let range: Range<Int>
    /// A backslash in it takes the meaning of the byte behind it.
    let isEscaped: Bool
  }

  /// What a part is, which says where it ends and what a backslash escapes in it.
  enum Kind {
    /// Ends at `,`, a blank or a control character.
    case measurement
    /// Of a tag or a field. Ends at `,`, `=`, a blank or a control character.
    case key
    /// Ends at `,`, `=`, a blank or a line end.
    case tagValue
    /// Ends at `"`.
    case text

    @inline(__always)
    func isEscapable(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: " "): self != .text
      case UInt8(ascii: "="): self == .key || self == .tagValue
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): self == .text
      default: false
      }
    }

    @inline(__always)
    func isEnd(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: " "): self != .text
      case UInt8(ascii: "="): self == .key || self == .tagValue
      case UInt8(ascii: "\""): self == .text
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): self != .text
      case 0..<0x20, 0x7F: self == .measurement || self == .key
      default: false
      }
    }
  }

  let payload: UnsafeRawBufferPointer
  private(set) var position: Int

  /// Begins behind a byte order mark.
  init(_ payload: UnsafeRawBufferPointer) {
    self.payload = payload
    position = payload.byteOrderMarkBytes
  }

  var next: UInt8? { position < payload.count ? payload[position] : nil }
  var isAtEnd: Bool { position == payload.count }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Everything up to the part's end, which is not taken. It may be empty.
  @inline(__always)
  mutating func takePart(_ kind: Kind) -> Part {
    let start = position
    var isEscaped = false
    while position < payload.count {
      let byte = payload[position]
      if byte == UInt8(ascii: "\\"), position + 1 < payload.count, kind.isEscapable(payload[position + 1]) {
        isEscaped = true
        position += 2
      } else if kind.isEnd(byte) {
        break
      } else {
        position += 1
      }
    }
    return Part(range: start..<position, isEscaped: isEscaped)
  }

  /// Everything up to a comma, a blank, a line end or the end. It may be empty.
  mutating func takeWord() -> UnsafeRawBufferPointer {
    let start = position
    while let byte = next, !isWordEnd(byte) { position += 1 }
    return payload.part(start..<position)
  }

  private func isWordEnd(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
    default: false
    }
  }

  mutating func skipBlanks() {
    while next == UInt8(ascii: " ") { position += 1 }
  }

  /// Everything up to a control character other than a tab, which is not taken.
  mutating func skipComment() {
    while let byte = next, byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t") { position += 1 }
  }

  /// Goes back to where a scanner was.
  mutating func move(to place: Int) { position = min(max(0, place), payload.count) }

  /// LF, CR LF, a CR before the end, or the end itself.
  mutating func takeLineEnd() -> Bool {
    if isAtEnd || take(UInt8(ascii: "\n")) { return true }
    guard next == UInt8(ascii: "\r"), position + 1 == payload.count || payload[position + 1] == UInt8(ascii: "\n")
    else { return false }
    position = min(position + 2, payload.count)
    return true
  }
}
