/// What goes wrong on the way from a device to the broker: each a share from 0 to under 1.
///
/// Where a device's format does not have a fault, its messages are without: see `DeviceTraits`. Faults exclude each
/// other, so that of `bad`, `late` and `repeated` the sum is at most 1.
public struct FaultShares: Sendable {
  /// Of the messages that devices would send: those that fall into a silence of the device.
  public var offline: Double
  /// Of the silences: those after which the device sends what it has kept meanwhile, in its order, with old times.
  public var keeping: Double
  /// Of messages: held up on the way, for up to ten minutes, while later ones pass.
  public var late: Double
  /// Of messages: sent a second time, as they are, up to half a minute later.
  public var repeated: Double
  /// Of messages: cut off and garbled, so that the gateway refuses them.
  public var bad: Double
  /// Of devices: the clock is hours ahead, or began with 1970, so that the gateway refuses all they send.
  public var wrongClock: Double

  public init(
    offline: Double = 0, keeping: Double = 0, late: Double = 0, repeated: Double = 0, bad: Double = 0,
    wrongClock: Double = 0
  ) {
    self.offline = offline
    self.keeping = keeping
    self.late = late
    self.repeated = repeated
    self.bad = bad
    self.wrongClock = wrongClock
  }

  public static let none = FaultShares()

  /// Those of the named fleets.
  public static let usual = FaultShares(
    offline: 0.02, keeping: 0.5, late: 0.01, repeated: 0.005, bad: 0.002, wrongClock: 0.003)
}
