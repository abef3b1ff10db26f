/// Lamps, chargers, buildings and what else a city has.
enum CityServices {
  private static let districts = ["licheng", "fengze", "luojiang", "quangang", "jinjiang", "shishi", "nanan", "huian"]
  /// Those with a coast deep enough for cages, and those with farms.
  private static let coast = ["quangang", "shishi", "huian"]
  private static let hills = ["nanan", "luojiang"]
  private static let housesOfFarm = 5

  /// All of them, in realistic numbers.
  static func devices() -> [any SimulatedDevice] {
    let lamps = (1...5000).map { StreetLamp(number: $0, district: districts[$0 % districts.count]) }
    let posts = (1...200).map { ChargingPost(number: $0, district: districts[$0 % districts.count]) }
    let buildings = (1...120).map { Building(number: $0, district: districts[$0 % districts.count]) }
    let centres = (1...4).map { DataCentre(number: $0, district: districts[$0]) }
    let stations = (1...40).map { AirStation(number: $0, district: districts[$0 % districts.count]) }
    let farms = (1...6).map {
      MushroomFarm(number: $0, district: hills[$0 % hills.count], houses: housesOfFarm)
    }
    let cages = (1...12).map { SeaCage(number: $0, district: coast[$0 % coast.count]) }
    return lamps + posts + buildings + centres + stations + farms + cages + generic()
  }

  /// Devices of formats that the city's own do not speak, three of each; a broker has one ThingsBoard device.
  static func generic() -> [any SimulatedDevice] {
    (1...3).flatMap { number -> [any SimulatedDevice] in
      RoomSensor.Dialect.allCases.filter { number == 1 || $0 != .thingsBoardDevice }
        .map { RoomSensor(number: number, dialect: $0) }
        + SmartPlug.Dialect.allCases.map { SmartPlug(number: number, dialect: $0) }
        + PumpController.Dialect.allCases.map { PumpController(number: number, dialect: $0) }
        + FieldMeter.Dialect.allCases.map { FieldMeter(number: number, dialect: $0) }
        + ContextEntity.Model.allCases.map { ContextEntity(number: number, model: $0) }
    }
  }
}
