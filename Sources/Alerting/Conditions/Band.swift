/// A closed span of values.
struct Band: Equatable, Sendable {
  var low: Double
  var high: Double

  /// Any value lies in it.
  static let everything = Band(low: -.infinity, high: .infinity)
  /// No value lies in it.
  static let nothing = Band(low: .infinity, high: -.infinity)

  func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// What lies in both.
  func intersection(_ other: Band) -> Band {
    Band(low: Swift.max(low, other.low), high: Swift.min(high, other.high))
  }

  /// The values on the same side of it as a value that lies outside.
  func side(of value: Double) -> Band {
    if value < low { return Band(low: -.infinity, high: low.nextDown) }
    if value > high { return Band(low: high.nextUp, high: .infinity) }
    return .nothing
  }
}

/// A condition on one value, made ready: it holds outside a band, or only on it.
///
/// Hysteresis: while it does not hold, `fires` decides; once it holds, `clears`, which lies within `fires`, does.
struct Threshold: Equatable, Sendable {
  var fires: Band
  var clears: Band
  /// It holds on the band, not outside it: `equals`. Then both bands are one value.
  var isInside = false

  init(fires: Band, clears: Band) {
    (self.fires, self.clears) = (fires, clears)
  }

  /// It holds for one value.
  init(on value: Double) {
    fires = Band(low: value, high: value)
    clears = fires
    isInside = true
  }

  /// - Parameter former: what it said last.
  func holds(for value: Double, former: Truth) -> Truth {
    let band = former == .yes ? clears : fires
    return band.contains(value) == isInside ? .yes : .no
  }

  /// The values around one for which it goes on to say what it said last.
  ///
  /// - Parameters:
  ///   - former: what it said last; nothing is quiet where that was unknown.
  ///   - value: of which it was said; where it says something else of it, nothing is quiet.
  func quietBand(around value: Double, former: Truth) -> Band {
    guard former != .unknown else { return .nothing }
    let band = former == .yes ? clears : fires
    if isInside == (former == .yes) { return band }
    return band.side(of: value)
  }
}
