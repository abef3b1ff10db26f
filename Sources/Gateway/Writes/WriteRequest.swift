import Foundation

/// What is asked of a gateway that changes something: the same over HTTP, as a POST, and on the command line.
public enum WriteRequest: Sendable {
  /// Puts what stands in the devices directory in force.
  case reload
  /// Has dead letters read again.
  case replayLetters(QueryParameters)

  /// Where the HTTP API takes it.
  public var path: [String] {
    switch self {
    case .reload: ["api", "v1", "reload"]
    case .replayLetters: ["api", "v1", "dead-letters", "replay"]
    }
  }

  /// As the audit has it.
  var action: String {
    switch self {
    case .reload: "reload"
    case .replayLetters: "replay-dead-letters"
    }
  }

  public var parameters: QueryParameters {
    switch self {
    case .reload: QueryParameters([])
    case .replayLetters(let parameters): parameters
    }
  }
}
