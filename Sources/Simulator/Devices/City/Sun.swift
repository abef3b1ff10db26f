import Glibc
import Telemetry

/// Where the sun stands over Quanzhou, 24.9° N, 118.6° E.
///
/// Source: The Astronomical Almanac, low-precision formulas for the sun's coordinates (0.01° from 1950 to 2050), and its
/// formula for Greenwich mean sidereal time.
enum Sun {
  static let latitudeDegrees = 24.9
  static let longitudeDegrees = 118.6
  /// The sun's centre where its upper edge stands at the horizon: 34' of refraction and 16' of half its width.
  static let sineOfHorizon = sin(-0.833 * degree)

  private static let degree = Double.pi / 180
  /// 2000-01-01T12:00:00Z, from which the formulas count days.
  private static let epoch = Timestamp(seconds: 946_728_000)

  /// The sine of the sun's height: what a flat panel gets of its light, and below zero by night.
  static func sineOfElevation(at time: Timestamp) -> Double {
    let days = (time - epoch).seconds / 86400
    let anomaly = (357.528 + 0.9856003 * days) * degree
    let longitude = (280.460 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) * degree
    let obliquity = (23.439 - 0.0000004 * days) * degree
    let sineOfDeclination = sin(obliquity) * sin(longitude)
    let rightAscension = atan2(cos(obliquity) * sin(longitude), cos(longitude))
    // A circle has 24 hours.
    let sidereal = fmod(18.697374558 + 24.06570982441908 * days, 24) * 15 * degree
    let hourAngle = sidereal + longitudeDegrees * degree - rightAscension
    let latitude = latitudeDegrees * degree
    return sin(latitude) * sineOfDeclination
      + cos(latitude) * (1 - sineOfDeclination * sineOfDeclination).squareRoot() * cos(hourAngle)
  }

  static func isUp(at time: Timestamp) -> Bool { sineOfElevation(at: time) > sineOfHorizon }
}
