/// What a caller may do. Each role may also do what those before it may.
public enum Role: String, CaseIterable, Comparable, Sendable {
  /// Asks questions.
  case viewer
  /// Acknowledges, silences, has dead letters read again.
  case `operator`
  /// Sends commands to devices.
  case controller
  /// Changes what the gateway is.
  case admin

  public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self)! }
}
