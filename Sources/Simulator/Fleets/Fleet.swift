import Telemetry

/// A set of devices that makes messages.
public protocol Fleet: Sendable {
  /// The next message of any of its devices, at a moment.
  mutating func nextMessage(at now: Timestamp) -> SimulatedMessage
}
