/// The city's factories.
enum Factories {
  /// A machine that was silent for longer comes back as if it had been so long.
  static let longestSilenceSeconds = 3600.0

  /// The number of the mill that is a fleet of its own.
  private static let fleetMill = 3

  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] {
    FactoryKind.all.flatMap { kind in
      (1...kind.sites).flatMap { FactorySite(kind, number: $0).devices() }
    }
  }

  /// One textile mill, the same as among all.
  static func mill() -> [any SimulatedDevice] { FactorySite(.mill, number: fleetMill).devices() }
}
