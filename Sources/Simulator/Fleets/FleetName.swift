/// The fleets by name.
public enum FleetName: String, CaseIterable, Sendable {
  case quanzhou, mill, waste, water, first

  /// What it is, in a few words.
  public var summary: String {
    switch self {
    case .quanzhou: "the whole city: factories, waste, water, lamps, chargers, buildings, weather, farms"
    case .mill: "one textile mill with all it has"
    case .waste: "some bins, pavilions and trucks"
    case .water: "plants, reservoirs, pipes, stations and a few meters"
    case .first: "twelve AGVs, thirty bins and a plant, in turn at random; small, for tests"
    }
  }

  /// The fleet, with the usual faults; the same seed makes the same one.
  public func fleet(seed: UInt64, faults: FaultShares = .usual) -> any Fleet {
    self == .first ? FirstFleet(seed: seed) : DeviceFleet(devices, seed: seed, faults: faults)
  }

  /// Empty for the fleet `first`, which takes them in turn and not by their intervals.
  var devices: [any SimulatedDevice] {
    switch self {
    case .quanzhou:
      Factories.devices() + WasteCollection.devices() + WaterSupply.devices() + CityServices.devices()
    case .mill: Factories.mill()
    case .waste: WasteCollection.small()
    case .water: WaterSupply.small()
    case .first: []
    }
  }
}
