/// Who asks.
public struct Caller: Equatable, Sendable {
  /// Of the token; nil where nobody needs one.
  public let name: String?
  public let role: Role
  public let scope: TagScope

  public init(name: String?, role: Role, scope: TagScope) {
    self.name = name
    self.role = role
    self.scope = scope
  }

  /// Whoever may read the files, or reach loopback where no tokens are asked for.
  public static let owner = Caller(name: nil, role: .admin, scope: .whole)
}
