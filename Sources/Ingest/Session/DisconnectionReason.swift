/// Why connections end, in one word for each answer that a duty engineer has to it.
public enum DisconnectionReason: String, CaseIterable, Sendable {
  /// Refused: the broker does not know the user or the password.
  case credentials
  /// Refused: the broker does not want the client id.
  case clientID = "client-id"
  /// Refused: the broker does not speak our version of MQTT.
  case version
  /// Refused: the broker is busy, or not yet ready.
  case unavailable
  /// Refused for another reason.
  case refused
  case certificate
  case unreachable
  case broken
  case cutShort = "cut-short"
  case takenOver = "taken-over"
  case silent
  case noConnack = "no-connack"
  case flushStalled = "flush-stalled"
  case ringFull = "ring-full"
  case diskFull = "disk-full"
  case stopped
}

extension SessionStateMachine.Loss {
  public var reason: DisconnectionReason {
    switch self {
    case .refused(let refusal):
      switch refusal.cause {
      case .credentials: .credentials
      case .clientID: .clientID
      case .version: .version
      case .unavailable: .unavailable
      case .other: .refused
      }
    case .untrusted: .certificate
    case .unreachable: .unreachable
    case .broken: .broken
    case .cutShort: .cutShort
    case .takenOver: .takenOver
    case .silent: .silent
    case .noConnack: .noConnack
    case .flushStalled: .flushStalled
    case .ringFull: .ringFull
    case .diskFull: .diskFull
    case .stopped: .stopped
    }
  }
}

extension BrokerClientFailure {
  func loss(wasConnected: Bool) -> SessionStateMachine.Loss {
    switch kind {
    case .takenOver: .takenOver
    case .silent: .silent
    case .untrusted: .untrusted(message)
    case .other: wasConnected ? .broken(message) : .unreachable(message)
    }
  }
}
