/// How many messages came since the start that somebody may want to know of.
public struct MessageQualities: Equatable, Sendable {
  public var atQoS0: Int64 = 0
  public var retained: Int64 = 0
  /// Cut, because they were too large.
  public var oversize: Int64 = 0

  public init() {}

  /// Takes a message in. One that the broker delivers again is not counted again.
  mutating func take(_ flags: MessageFrame.Flags) {
    if flags.contains(.redelivered) { return }
    if !flags.contains(.qos1) { atQoS0 += 1 }
    if flags.contains(.retained) { retained += 1 }
    if flags.contains(.cut) { oversize += 1 }
  }
}
