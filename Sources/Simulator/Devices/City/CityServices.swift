/// Lamps, chargers, buildings and what else a city has.
enum CityServices {
  private static let lamps = 5000
  private static let chargingPosts = 200
  private static let buildings = 120
  private static let airStations = 40
  private static let seaCages = 12
  private static let farms = 6
  private static let housesOfFarm = 5
  /// Of each generic format.
  private static let devicesOfFormat = 3

  private static let dataCentreDistricts: [District] = [.fengze, .luojiang, .quangang, .jinjiang]
  /// Those with a coast deep enough for cages.
  private static let coast: [District] = [.quangang, .shishi, .huian]
  /// Those with farms.
  private static let hills: [District] = [.nanan, .luojiang]

  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] {
    let lamps = (1...lamps).map { StreetLamp(number: $0, district: district($0)) }
    let posts = (1...chargingPosts).map { ChargingPost(number: $0, district: district($0)) }
    let buildings = (1...buildings).map { Building(number: $0, district: district($0)) }
    let centres = dataCentreDistricts.enumerated().map { DataCentre(number: $0 + 1, district: $1.rawValue) }
    let stations = (1...airStations).map { AirStation(number: $0, district: district($0)) }
    let farms = (1...farms).map {
      MushroomFarm(number: $0, district: district($0, of: hills), houses: housesOfFarm)
    }
    let cages = (1...seaCages).map { SeaCage(number: $0, district: district($0, of: coast)) }
    return lamps + posts + buildings + centres + stations + farms + cages + generic()
  }

  /// Devices of formats that the city's own do not speak, some of each; a broker has one ThingsBoard device.
  static func generic() -> [any SimulatedDevice] {
    (1...devicesOfFormat).flatMap { number -> [any SimulatedDevice] in
      RoomSensor.Dialect.allCases.filter { number == 1 || $0 != .thingsBoardDevice }
        .map { RoomSensor(number: number, dialect: $0) }
        + SmartPlug.Dialect.allCases.map { SmartPlug(number: number, dialect: $0) }
        + PumpController.Dialect.allCases.map { PumpController(number: number, dialect: $0) }
        + FieldMeter.Dialect.allCases.map { FieldMeter(number: number, dialect: $0) }
        + ContextEntity.Model.allCases.map { ContextEntity(number: number, model: $0) }
    }
  }

  /// The name of a device's district: they take turns.
  private static func district(_ number: Int, of districts: [District] = District.allCases) -> String {
    districts[number % districts.count].rawValue
  }
}
