import Telemetry

/// The city's time of day: UTC+8, without changes in summer.
extension Timestamp {
  static let cityOffsetSeconds: Int64 = 28800

  /// Hours since midnight in the city, from 0 to under 24.
  var cityHour: Double { Double(citySecondOfDay) / 3600 }

  /// Days since 1970 in the city.
  var cityDay: Int64 { (wholeSeconds + Timestamp.cityOffsetSeconds - citySecondOfDay) / 86400 }

  private var citySecondOfDay: Int64 {
    let rest = (wholeSeconds + Timestamp.cityOffsetSeconds) % 86400
    return rest < 0 ? rest + 86400 : rest
  }

  private var wholeSeconds: Int64 { microseconds / 1_000_000 }
}
