import Telemetry

/// A machine as the store keeps it.
public struct AlertState: Equatable, Sendable {
  /// Whose machine it is.
  public var key: AlertKey
  /// Of what decides about its truth; its bits.
  public var fingerprint: UInt64
  /// Nil where it is `ok` now: nothing is to be kept.
  public var machine: StoredMachine?

  public init(key: AlertKey, fingerprint: UInt64, machine: StoredMachine?) {
    self.key = key
    self.fingerprint = fingerprint
    self.machine = machine
  }

  init(_ instance: Instance, shift: Int64) {
    self.init(key: instance.key, fingerprint: instance.fingerprint, machine: instance.machine.stored(shift: shift))
  }

  init(ended key: AlertKey) {
    self.init(key: key, fingerprint: 0, machine: nil)
  }

  /// The open alert's id; nil where none is open.
  public var alert: AlertID? {
    guard let machine = machine.flatMap(AlertMachine.init), machine.isOpen else { return nil }
    return key.alertID(firedBy: machine.cause)
  }

  /// `ok pending firing unknown`, as it is shown.
  public var word: String {
    guard let machine = machine.flatMap(AlertMachine.init) else { return "ok" }
    return switch machine.phase {
    case .ok: "ok"
    case .pending: "pending"
    case .firing, .clearing: "firing"
    case .unknown, .lost: "unknown"
    }
  }
}

/// What a rate remembers of a series, as the store keeps it.
public struct RateState: Equatable, Sendable {
  /// Whose growth it is.
  public var series: SeriesID
  /// Which rule's and severity's; its bits.
  public var level: UInt64
  /// As `RateMemory` reads them.
  public var bytes: [UInt8]

  public init(series: SeriesID, level: UInt64, bytes: [UInt8]) {
    (self.series, self.level, self.bytes) = (series, level, bytes)
  }
}
