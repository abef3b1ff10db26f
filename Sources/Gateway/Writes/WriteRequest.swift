import Foundation

/// What is asked of a gateway that changes something: the same over HTTP and on the command line.
public enum WriteRequest: Sendable {
  /// Puts what stands in the devices directory in force.
  case reload
  /// Has dead letters read again.
  case replayLetters(QueryParameters)
  /// Takes an alert on.
  case acknowledge(String, QueryParameters)
  /// Has nobody called for some alerts.
  case silence(QueryParameters)
  case endSilence(String)

  /// Where the HTTP API takes it.
  public var path: [String] {
    switch self {
    case .reload: ["api", "v1", "reload"]
    case .replayLetters: ["api", "v1", "dead-letters", "replay"]
    case .acknowledge(let id, _): ["api", "v1", "alerts", id, "ack"]
    case .silence: ["api", "v1", "silences"]
    case .endSilence(let id): ["api", "v1", "silences", id]
    }
  }

  /// It can be done where no gateway runs too.
  public var isWrittenOffline: Bool {
    if case .reload = self { false } else { true }
  }

  /// How the HTTP API takes it.
  public var method: String {
    if case .endSilence = self { "DELETE" } else { "POST" }
  }

  /// As the audit has it.
  var action: String {
    switch self {
    case .reload: "reload"
    case .replayLetters: "replay-dead-letters"
    case .acknowledge(let id, _): "acknowledge \(id)"
    case .silence: "silence"
    case .endSilence(let id): "end-silence \(id)"
    }
  }

  public var parameters: QueryParameters {
    switch self {
    case .reload, .endSilence: QueryParameters([])
    case .replayLetters(let parameters), .acknowledge(_, let parameters), .silence(let parameters): parameters
    }
  }
}
