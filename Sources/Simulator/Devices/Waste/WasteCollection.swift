/// Bins, sorting pavilions and trucks.
enum WasteCollection {
  private static let bins = 300
  private static let pavilions = 2388
  private static let trucksOfDistrict = 6

  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] {
    devices(bins: bins, pavilions: pavilions, trucksOfDistrict: trucksOfDistrict)
  }

  /// Some of each, in all districts.
  static func small() -> [any SimulatedDevice] { devices(bins: 24, pavilions: 28, trucksOfDistrict: 1) }

  private static func devices(bins: Int, pavilions: Int, trucksOfDistrict: Int) -> [any SimulatedDevice] {
    let communities = Community.all
    let bins = (1...bins).map { WeighingBin(number: $0, community: communities[$0 % communities.count]) }
    let pavilions = (1...pavilions).map { SortingPavilion(number: $0, community: communities[$0 % communities.count]) }
    let trucks = District.allCases.enumerated().flatMap { place, district in
      (1...trucksOfDistrict).map { route in
        CollectionTruck(number: place * trucksOfDistrict + route, route: route, district: district)
      }
    }
    return bins + pavilions + trucks
  }
}
