/// Plants, reservoirs, pipes and meters.
enum WaterSupply {
  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] { [] }
}
