import Telemetry

/// Walks over a table's text and takes its cells and line ends.
///
/// Invariants
/// - `position` is at most the payload's size.
package struct CSVScanner {
  private static let quote = UInt8(ascii: "\"")

  package struct Cell {
    /// Without the quotes around it; quotes in it may still be doubled.
    package let bytes: UnsafeRawBufferPointer
    package let hasDoubledQuotes: Bool
    /// A quote stands in a cell that does not begin with one.
    package let isBroken: Bool

    /// Puts its bytes, with their quotes single, behind others.
    func appendPlain(to plain: inout [UInt8]) {
      var isSecond = false
      for byte in bytes {
        isSecond = byte == CSVScanner.quote && !isSecond
        if byte != CSVScanner.quote || isSecond { plain.append(byte) }
      }
    }

    /// With its quotes single.
    package var text: String {
      guard hasDoubledQuotes else { return String(decoding: bytes, as: UTF8.self) }
      var plain: [UInt8] = []
      appendPlain(to: &plain)
      return String(decoding: plain, as: UTF8.self)
    }
  }

  private let payload: UnsafeRawBufferPointer
  private let separator: UInt8
  private let trimsBlanks: Bool
  private var position: Int

  /// Begins behind a byte order mark.
  package init(_ payload: UnsafeRawBufferPointer, separator: UInt8, trimsBlanks: Bool) {
    position = payload.byteOrderMarkBytes
    self.payload = payload
    self.separator = separator
    self.trimsBlanks = trimsBlanks
  }

  private var next: UInt8? { position < payload.count ? payload[position] : nil }
  package var isAtEnd: Bool { position == payload.count }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  package mutating func takeSeparator() -> Bool { take(separator) }

  /// LF, CR LF, CR, or the end itself.
  package mutating func takeLineEnd() -> Bool {
    if isAtEnd || take(UInt8(ascii: "\n")) { return true }
    guard take(UInt8(ascii: "\r")) else { return false }
    _ = take(UInt8(ascii: "\n"))
    return true
  }

  /// Takes the line's end where nothing stands before it.
  package mutating func takeEmptyLine() -> Bool {
    skipBlanks()
    return takeLineEnd()
  }

  /// Takes all that stands before the line's end, and it.
  mutating func skipLine() {
    while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { position += 1 }
    _ = takeLineEnd()
  }

  /// Takes everything up to a separator or a line end. It may be empty.
  package mutating func takeCell() throws(Refusal) -> Cell {
    skipBlanks()
    if next == Self.quote { return try takeQuotedCell() }
    let start = position
    var isBroken = false
    while let byte = next, !isCellEnd(byte) {
      if byte == Self.quote { isBroken = true }
      position += 1
    }
    var end = position
    while end > start, isBlank(payload[end - 1]) { end -= 1 }
    return Cell(bytes: payload.part(start..<end), hasDoubledQuotes: false, isBroken: isBroken)
  }

  private mutating func takeQuotedCell() throws(Refusal) -> Cell {
    let start = position + 1
    var hasDoubledQuotes = false
    position = start
    while true {
      guard let byte = next else {
        throw Refusal(.malformed, "the quoted cell at byte \(start - 1) of the payload has no closing quote")
      }
      position += 1
      if byte != Self.quote { continue }
      guard take(Self.quote) else { break }
      hasDoubledQuotes = true
    }
    let bytes = payload.part(start..<position - 1)
    skipBlanks()
    if let byte = next, !isCellEnd(byte) {
      throw Refusal(
        .malformed, "expected a separator or a line's end behind the quote, at byte \(position) of the payload")
    }
    return Cell(bytes: bytes, hasDoubledQuotes: hasDoubledQuotes, isBroken: false)
  }

  private func isCellEnd(_ byte: UInt8) -> Bool {
    byte == separator || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private mutating func skipBlanks() {
    while let byte = next, isBlank(byte) { position += 1 }
  }

  /// False for blanks that separate cells, and where none is let go.
  private func isBlank(_ byte: UInt8) -> Bool {
    trimsBlanks && byte != separator && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t"))
  }
}
