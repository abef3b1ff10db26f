import Telemetry

/// A device as it speaks: what it sends, in its own wire format, and what a gateway with the built-in profiles makes of
/// it.
///
/// What goes wrong on the way (lateness, repeats, cut payloads, wrong clocks, silence) is the fleet's; what goes wrong at
/// the sensor (a broken probe, a value out of range) is the device's.
protocol SimulatedDevice: Sendable {
  /// From one of its messages to the next, in its natural life.
  var interval: Duration { get }

  /// What its format allows to go wrong on the way.
  var traits: DeviceTraits { get }

  /// Its next message. A device that first has to introduce itself does so with its first ones.
  ///
  /// - Parameter time: when it was measured; what it measures follows the hour of the day in the city.
  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage
}

extension SimulatedDevice {
  var traits: DeviceTraits { DeviceTraits() }
}
