import Alerting
import Telemetry

/// A silence as the store keeps it.
public struct SilenceRecord: Equatable, Sendable {
  /// Which alerts, from when to when.
  public var silence: Silence
  /// When it was asked for, by the gateway's clock.
  public var createdAt: Timestamp
  /// When somebody ended it before its time; nil where nobody did.
  public var endedAt: Timestamp?

  public init(_ silence: Silence, createdAt: Timestamp, endedAt: Timestamp? = nil) {
    self.silence = silence
    self.createdAt = createdAt
    self.endedAt = endedAt
  }
}
