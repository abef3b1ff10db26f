import Telemetry

/// When residents bring their waste, and when it is fetched.
enum WasteHours {
  /// By the hour of the day, 1 on the mean: most comes from half past six to nine and from six to nine in the evening.
  static let deposits: PeriodicCurve = {
    let course = PeriodicCurve(hours: [
      (0, 0.1), (5, 0.1), (6.5, 0.9), (7.25, 4), (9, 0.9), (11.5, 0.7), (15, 0.4), (18, 0.9), (19.25, 4.2), (21, 0.9),
      (23, 0.2),
    ])
    return course * (1 / course.mean)
  }()

  /// Trucks go round after the peaks.
  static func isCollection(at time: Timestamp) -> Bool {
    collectionHours.contains { $0.contains(time.cityHour) }
  }

  private static let collectionHours: [Range<Double>] = [9.25..<11.5, 21.25..<23.5]

  /// How many deposits there were in a while.
  ///
  /// - Parameter perDay: on the mean.
  static func deposits(
    perDay: Double, hours: Double, at time: Timestamp, using random: inout RandomSource
  ) -> Int {
    let expected = perDay * hours / 24 * deposits.value(at: time)
    return Int(expected) + (random.happens(withShare: expected - expected.rounded(.down)) ? 1 : 0)
  }
}
