/// How bad it is; a greater one is worse.
public enum Severity: UInt8, CaseIterable, Comparable, Sendable {
  case info = 1
  case warning
  case critical

  /// In rule files, answers and calls.
  public var word: String {
    switch self {
    case .info: "info"
    case .warning: "warning"
    case .critical: "critical"
    }
  }

  /// Nil for a word that is none.
  public init?(word: String) {
    guard let severity = Severity.allCases.first(where: { $0.word == word }) else { return nil }
    self = severity
  }

  public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}
