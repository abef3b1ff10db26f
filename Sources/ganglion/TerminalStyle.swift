import Foundation
import Glibc

/// Colours for a terminal, and none where the output goes elsewhere or nobody wants them.
struct TerminalStyle: Sendable {
  /// Select Graphic Rendition parameters of ECMA-48.
  private enum Code: Int {
    case faint = 2
    case red = 31
    case green = 32
    case yellow = 33
  }

  /// Standard output is a terminal.
  static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// That of standard output. The variable `NO_COLOR` turns colours off, whatever it holds (no-color.org).
  static let standard = TerminalStyle(
    hasColours: isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty)

  let hasColours: Bool

  func good(_ text: String) -> String { coloured(text, .green) }
  func bad(_ text: String) -> String { coloured(text, .red) }
  func doubtful(_ text: String) -> String { coloured(text, .yellow) }
  func minor(_ text: String) -> String { coloured(text, .faint) }

  private func coloured(_ text: String, _ code: Code) -> String {
    hasColours ? "\u{1B}[\(code.rawValue)m\(text)\u{1B}[0m" : text
  }
}
