/// The city's factories.
enum Factories {
  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] { [] }
}
