import DurableSQLite

/// Why the gateway ends, with the exit code that says what kind of thing went wrong (sysexits.h).
public struct GatewayFailure: Error, Sendable, CustomStringConvertible {
  public enum Code: Int32, Sendable {
    /// Something that is needed is not there: a port, a lock, a server.
    case unavailable = 69
    /// The disk failed, or files are not what they should be.
    case inputOutput = 74
    case configuration = 78
  }

  public let code: Code
  /// One line.
  public let description: String

  public init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  init(_ error: DatabaseFailure) {
    if case .contradicted(let detail) = error {
      self.init(.configuration, detail)
    } else {
      self.init(.inputOutput, error.description)
    }
  }
}
