import Telemetry

/// What a sensor adds to the truth, and when it has no value: chance that is the same whenever one moment is asked for.
///
/// Formats with whole seconds give two messages of one second the same time; they then say the same.
struct MeterNoise: Sendable {
  private let seed: UInt64

  /// - Parameter device: its id; each has a noise of its own.
  init(_ device: String) {
    // FNV-1a: an id's own number, in every process.
    seed = device.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// The chance of a moment.
  func chance(at time: Timestamp) -> RandomSource {
    RandomSource(seed: seed ^ UInt64(bitPattern: time.microseconds) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// What is by chance of the device, and lasts.
  var ofDevice: RandomSource { RandomSource(seed: seed) }
}

extension Timestamp {
  /// The second in which it lies.
  var wholeSecond: Timestamp { Timestamp(seconds: seconds) }

  /// The minute in which it lies.
  var wholeMinute: Timestamp { Timestamp(seconds: (seconds - (seconds % 60 + 60) % 60)) }

  /// The hour in which it lies.
  var wholeHour: Timestamp { Timestamp(seconds: (seconds - (seconds % 3600 + 3600) % 3600)) }

  /// The city's date and time of day in 14 digits, from the year to the second.
  var cityDigits: String {
    CivilTime(wholeSecond, zoneOffset: Timestamp.cityOffsetSeconds).text.prefix(19).filter(\.isNumber)
  }

  /// As ISO 8601 has it, with the city's zone.
  var cityText: String { CivilTime(self, zoneOffset: Timestamp.cityOffsetSeconds).text }
}

extension Decimal? {
  /// As JSON has it.
  var text: String { map(\.text) ?? "null" }
}
