import Glibc
import Telemetry

/// The city's weather: a function of time alone, so that all devices are under one sky.
///
/// Means and spans are those of the coast of southern Fujian; days differ by smooth noise.
enum Weather {
  private static let day = 86400.0

  /// From 0, clear, to 1.
  static func cloudCover(at time: Timestamp) -> Double {
    let sky = 0.7 * SmoothNoise.value(1, time, period: 1.5 * day) + 0.3 * SmoothNoise.value(2, time, period: 7200)
    return min(1, max(0, 1.6 * sky - 0.3))
  }

  /// Warmest in the last week of July and at half past two.
  static func temperatureCelsius(at time: Timestamp) -> Double {
    let days = time.seconds.quotientAndRemainder(dividingBy: 31_556_952).remainder
    let season = cos((Double(days) / day - 205) / 365.2425 * 2 * .pi)
    let hour = cos((time.cityHour - 14.5) / 24 * 2 * .pi)
    let change = SmoothNoise.value(3, time, period: 3 * day) - 0.5
    return 20.9 + 7.8 * season + 4 * hour * (1 - 0.6 * cloudCover(at: time)) + 5 * change
  }

  /// It rains out of thick clouds.
  static func rainMillimetresPerHour(at time: Timestamp) -> Double {
    let excess = cloudCover(at: time) - 0.8
    return excess <= 0 ? 0 : 60 * excess * SmoothNoise.value(4, time, period: 1800)
  }

  static func humidityPercent(at time: Timestamp) -> Double {
    let isRaining = rainMillimetresPerHour(at: time) > 0
    let hour = cos((time.cityHour - 14.5) / 24 * 2 * .pi)
    return isRaining ? 94 : 68 - 12 * hour + 18 * cloudCover(at: time)
  }

  /// The breeze from the sea rises by day, on top of the monsoon.
  static func windMetresPerSecond(at time: Timestamp) -> Double {
    1.2 + 2 * max(0, Sun.sineOfElevation(at: time)) + 5 * SmoothNoise.value(5, time, period: day / 4)
  }

  /// From where it blows, 0 being north: from the north-east by night, from the south-east by day.
  static func windDegrees(at time: Timestamp) -> Double {
    let byDay = max(0, Sun.sineOfElevation(at: time))
    return 45 + 90 * byDay + 60 * (SmoothNoise.value(6, time, period: day / 3) - 0.5)
  }

  static func pressureHectopascals(at time: Timestamp) -> Double {
    1012 + 16 * (SmoothNoise.value(7, time, period: 2 * day) - 0.5) + 1.5 * cos((time.cityHour - 10) / 12 * 2 * .pi)
  }
}

/// Noise that goes smoothly from one random value to the next, as a function of time alone.
enum SmoothNoise {
  /// From 0 to 1, its mean 0.5.
  ///
  /// - Parameters:
  ///   - course: which noise it is; those of different numbers have nothing to do with each other.
  ///   - period: seconds from one random value to the next.
  static func value(_ course: UInt64, _ time: Timestamp, period: Double) -> Double {
    let place = Double(time.microseconds) / 1e6 / period
    let step = place.rounded(.down)
    let way = place - step
    let share = way * way * (3 - 2 * way)
    return point(course, step) * (1 - share) + point(course, step + 1) * share
  }

  private static func point(_ course: UInt64, _ step: Double) -> Double {
    var source = RandomSource(seed: course &* 0x2545_F491_4F6C_DD1D ^ UInt64(bitPattern: Int64(step)))
    return Double(source.next() >> 11) * 0x1p-53
  }
}
