import Telemetry

/// Rain over the basins of the three reservoirs, and what it makes of the water that flows off: the same storms each
/// fortnight, so that what falls can be added up without an error.
///
/// The city's own weather is another matter: the basins lie in the mountains behind it.
struct BasinRain: Sendable {
  private struct Storm {
    let beginHour: Double
    let hours: Double
    /// In its middle.
    let peakMillimetresPerHour: Double

    var millimetres: Double { peakMillimetresPerHour * hours / 2 }
    var endHour: Double { beginHour + hours }
  }

  private static let periodHours = 14 * 24.0
  private static let storms = [
    Storm(beginHour: 31, hours: 5, peakMillimetresPerHour: 7),
    Storm(beginHour: 134, hours: 9, peakMillimetresPerHour: 4),
    Storm(beginHour: 236, hours: 3, peakMillimetresPerHour: 16),
  ]
  /// The flood has its peak so long after the storm's end, and is over so long after that.
  private static let floodPeakHours = 2.0
  private static let floodFallHours = 40.0
  /// Share of the rain that flows off.
  private static let runoffShare = 0.5
  private static let turbidityFallHours = 30.0
  private static let turbidityPerMillimetre = 5.0

  /// In mm/h.
  let intensity: PeriodicCurve
  /// What flows off a square kilometre, in m³/s.
  let runoff: PeriodicCurve
  /// Of the water in reservoir and river, in NTU.
  let turbidity: PeriodicCurve

  /// - Parameters:
  ///   - share: of the rain in the wettest basin.
  ///   - delayHours: storms come so much later than to the first basin; at most 48.
  init(share: Double, delayHours: Double) {
    func curve(_ shape: (Storm) -> [(hour: Double, value: Double)]) -> PeriodicCurve {
      let zero = PeriodicCurve(periodSeconds: Self.periodHours * 3600, knots: [(0, 0)])
      return Self.storms.reduce(zero) { sum, storm in
        let knots = shape(storm).map { (($0.hour + delayHours) * 3600, $0.value * share) }
        return sum + PeriodicCurve(periodSeconds: Self.periodHours * 3600, knots: [(0, 0)] + knots)
      }
    }
    intensity = curve { storm in
      [
        (storm.beginHour, 0), (storm.beginHour + storm.hours / 2, storm.peakMillimetresPerHour), (storm.endHour, 0),
      ]
    }
    runoff = curve { storm in
      let peak = storm.endHour + Self.floodPeakHours
      let hours = peak + Self.floodFallHours - storm.beginHour
      // A triangle of what flows off: 1 mm on 1 km² is 1,000 m³.
      let greatest = 2 * storm.millimetres * 1000 * Self.runoffShare / (hours * 3600)
      return [(storm.beginHour, 0), (peak, greatest), (peak + Self.floodFallHours, 0)]
    }
    turbidity =
      curve { storm in
        let peak = storm.endHour + Self.floodPeakHours
        return [
          (storm.beginHour, 0), (peak, storm.millimetres * Self.turbidityPerMillimetre),
          (peak + Self.turbidityFallHours, 0),
        ]
      } + Self.clearTurbidity
  }

  private static let clearTurbidity = 6.0

  /// Millimetres that fell since the first midnight.
  func depth(until time: Timestamp) -> Double { intensity.integral(until: time) / 3600 }
}
