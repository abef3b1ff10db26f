/// Plants, reservoirs, pipes and meters.
enum WaterSupply {
  private static let plantDistricts: [District] = [.fengze, .jinjiang, .huian]
  private static let reservoirDistricts: [District] = [.nanan, .luojiang, .quangang]
  private static let pipes = 120
  private static let qualityStations = 9
  private static let hydrologyStations = 12
  private static let meters = 4000
  private static let metersOfSmall = 20

  /// All of them, in realistic numbers; of the households a sample has a meter that speaks.
  static func devices() -> [any SimulatedDevice] { works() + meters(count: meters) }

  /// All but most of the household meters.
  static func small() -> [any SimulatedDevice] { works() + meters(count: metersOfSmall) }

  private static func works() -> [any SimulatedDevice] {
    let plants = plantDistricts.enumerated().flatMap { plant, district -> [any SimulatedDevice] in
      [Waterworks(plant: plant, district: district), PumpHouse(plant: plant, district: district)]
    }
    let reservoirs = reservoirDistricts.enumerated().map { ReservoirGauge(number: $0, district: $1) }
    let valves = WaterBalance.links.map { InterconnectionValve($0, district: plantDistricts[$0.source]) }
    let loggers = (1...pipes).map { PipeLogger(number: $0, district: District.allCases[$0 % District.allCases.count]) }
    let quality = (1...qualityStations).map {
      QualityStation(number: $0, district: reservoirDistricts[($0 - 1) % reservoirDistricts.count])
    }
    let hydrology = (1...hydrologyStations).map {
      HydrologyStation(
        number: $0,
        topic: "city/\(reservoirDistricts[($0 - 1) % reservoirDistricts.count].rawValue)/hydrology/gauge-\($0)/up")
    }
    return plants + reservoirs + valves + loggers + quality + hydrology + others()
  }

  /// Of the neighbours, who speak the same formats on the formats' own topics.
  private static func others() -> [any SimulatedDevice] {
    let branches = (1...4).map {
      HydrologyStation(number: hydrologyStations + $0, topic: "sl651/branch-\($0)/up")
    }
    let outfalls = (1...6).map(Outfall.init)
    let wired = (1...40).map { WiredMeter(number: $0, block: ($0 - 1) / 10 + 1) }
    return branches + outfalls + wired
  }

  /// Spread evenly over the communities.
  private static func meters(count: Int) -> [any SimulatedDevice] {
    (1...count).map { HouseholdMeter(number: $0, community: Community.all[$0 % Community.all.count]) }
  }
}
