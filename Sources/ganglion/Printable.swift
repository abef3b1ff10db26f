import Foundation

extension String {
  /// For a terminal: control characters as escapes, what is too long cut.
  func shown(atMost count: Int, keepsLines: Bool = false) -> String {
    var shown = ""
    for scalar in unicodeScalars {
      guard shown.count < count else { return shown + "…" }
      let isControl = scalar.properties.generalCategory == .control && !(keepsLines && scalar == "\n")
      if isControl { shown += scalar.escaped(asASCII: true) } else { shown.unicodeScalars.append(scalar) }
    }
    return shown
  }
}

/// Bytes in rows of sixteen, in hexadecimal and as text.
struct HexDump {
  let text: String

  init(_ bytes: Data) {
    let rows = stride(from: 0, to: bytes.count, by: 16).map { Array(bytes.dropFirst($0).prefix(16)) }
    text = rows.enumerated().map { index, row in
      let hex = row.map { String(format: "%02x", $0) }.joined(separator: " ")
      let plain = row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
      return String(format: "%06x  ", index * 16) + hex.padding(toLength: 49, withPad: " ", startingAt: 0) + plain
    }.joined(separator: "\n")
  }
}
