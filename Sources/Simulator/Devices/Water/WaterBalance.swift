import Telemetry

/// The city's water from the rivers to the households, as functions of time: three reservoirs, three plants joined by
/// three valves, and a zone of the network behind each plant.
///
/// Invariants
/// - What flows into a reservoir in a fortnight flows out of it: to plants and, evenly, to the river.
/// - A plant takes as much as it sends out and its filters' washing needs; it sends out what its zone draws, leaks
///   included, and what it gives to the others' zones less what it gets from them.
/// - What households draw is `householdCourse`; their meters count it.
enum WaterBalance {
  /// Share of its raw water that a plant needs itself.
  static let ownUseShare = 0.04
  /// Share of a zone's water that leaks out of its pipes.
  static let leakShare = 0.1
  static let householdCubicMetresPerDay = 0.45
  /// By zone.
  static let households = [260_000.0, 200_000, 140_000]
  static let industryCubicMetresPerHour = [2600.0, 1900, 1200]

  /// The hours of households: 1 on the mean of a day.
  static let householdCourse: PeriodicCurve = {
    let course = PeriodicCurve(hours: [
      (0, 0.35), (4, 0.2), (5.5, 0.5), (7, 1.9), (9, 1.2), (12, 1.4), (14, 0.9), (17, 1.1), (19, 2), (21, 1.6),
      (23, 0.7),
    ])
    return course * (1 / course.mean)
  }()

  /// What a zone draws, in m³/h, with what leaks.
  static let demand: [PeriodicCurve] = zip(households, industryCubicMetresPerHour).map { households, industry in
    (householdCourse * (households * householdCubicMetresPerDay / 24) + industry) * (1 / (1 - leakShare))
  }

  static let links = [
    PlantLink(
      source: 0, sink: 1, fullFlowCubicMetresPerHour: 1500,
      opening: PeriodicCurve(hours: [(0, 0), (16.5, 0), (17, 60), (21.5, 60), (22, 0)])),
    PlantLink(
      source: 1, sink: 2, fullFlowCubicMetresPerHour: 900,
      opening: PeriodicCurve(hours: [(0, 100), (5, 100), (5.5, 30), (9.5, 30), (10, 100)])),
    PlantLink(
      source: 2, sink: 0, fullFlowCubicMetresPerHour: 800,
      opening: PeriodicCurve(hours: [(0, 0), (6, 0), (6.25, 45), (8.75, 45), (9, 0)])),
  ]

  /// What a plant sends out, in m³/h.
  static let sendOut: [PeriodicCurve] = demand.indices.map { plant in
    links.reduce(demand[plant]) { sum, link in
      if link.source == plant { return sum + link.flow }
      return link.sink == plant ? sum + link.flow * -1 : sum
    }
  }

  /// What a plant takes out of the reservoirs, in m³/h.
  static let intake: [PeriodicCurve] = sendOut.map { $0 * (1 / (1 - ownUseShare)) }

  static let reservoirs = [
    ReservoirBalance(
      basin: "dong-xi", storageCubicMetres: 312_000_000, squareKilometres: 400, baseInflowCubicMetresPerSecond: 4,
      bottomMetres: 52, rain: BasinRain(share: 1, delayHours: 0), intakeShares: [0.7, 0, 0]),
    ReservoirBalance(
      basin: "xi-xi", storageCubicMetres: 126_000_000, squareKilometres: 260, baseInflowCubicMetresPerSecond: 3.5,
      bottomMetres: 71, rain: BasinRain(share: 0.8, delayHours: 3), intakeShares: [0.3, 0.8, 0]),
    ReservoirBalance(
      basin: "luo-yang", storageCubicMetres: 58_000_000, squareKilometres: 150, baseInflowCubicMetresPerSecond: 2.5,
      bottomMetres: 33, rain: BasinRain(share: 0.65, delayHours: 7), intakeShares: [0, 0.2, 1]),
  ]

  /// The reservoir of which a plant takes most.
  static func mainReservoir(of plant: Int) -> ReservoirBalance {
    reservoirs.max { $0.intakeShares[plant] < $1.intakeShares[plant] }!
  }

  /// What a plant keeps up in its outlet, in kPa: more where more is drawn.
  static func outletPressureKilopascals(of plant: Int, at time: Timestamp) -> Double {
    350 + 20 * Double(plant) + 25 * load(of: plant, at: time)
  }

  /// What a plant sends out, 1 on the mean of a day.
  static func load(of plant: Int, at time: Timestamp) -> Double {
    sendOut[plant].value(at: time) / sendOut[plant].mean
  }
}

/// A valve in the main between two plants' zones.
struct PlantLink: Sendable {
  /// The plant that gives.
  let source: Int
  /// The plant whose zone gets.
  let sink: Int
  /// In per cent, by the hour.
  let opening: PeriodicCurve

  /// In m³/h.
  let flow: PeriodicCurve

  init(source: Int, sink: Int, fullFlowCubicMetresPerHour: Double, opening: PeriodicCurve) {
    self.source = source
    self.sink = sink
    self.opening = opening
    flow = opening * (fullFlowCubicMetresPerHour / 100)
  }
}

/// A reservoir: what rain and river bring, and what plants and river take.
struct ReservoirBalance: Sendable {
  let basin: String
  let rain: BasinRain
  /// Of what each plant takes.
  let intakeShares: [Double]
  private let storageCubicMetres: Double
  private let bottomMetres: Double
  /// In m³/s.
  private let inflow: PeriodicCurve
  /// What is above the means, which go in and out again: it is added up to what is stored.
  private let inflowDeviation: PeriodicCurve
  private let intake: PeriodicCurve
  private let intakeDeviation: PeriodicCurve
  private let releaseCubicMetresPerSecond: Double

  /// - Parameter storageCubicMetres: at the beginning of a fortnight.
  init(
    basin: String, storageCubicMetres: Double, squareKilometres: Double, baseInflowCubicMetresPerSecond: Double,
    bottomMetres: Double, rain: BasinRain, intakeShares: [Double]
  ) {
    self.basin = basin
    self.rain = rain
    self.intakeShares = intakeShares
    self.storageCubicMetres = storageCubicMetres
    self.bottomMetres = bottomMetres
    inflow = rain.runoff * squareKilometres + baseInflowCubicMetresPerSecond
    let takers = zip(WaterBalance.intake, intakeShares).map { $0 * ($1 / 3600) }
    intake = takers.dropFirst().reduce(takers[0], +)
    releaseCubicMetresPerSecond = inflow.mean - intake.mean
    inflowDeviation = inflow + -inflow.mean
    intakeDeviation = intake + -intake.mean
  }

  func inflowCubicMetresPerSecond(at time: Timestamp) -> Double { inflow.value(at: time) }

  /// To the plants and to the river.
  func outflowCubicMetresPerSecond(at time: Timestamp) -> Double {
    intake.value(at: time) + releaseCubicMetresPerSecond
  }

  func storageCubicMetres(at time: Timestamp) -> Double {
    storageCubicMetres + inflowDeviation.integral(until: time) - intakeDeviation.integral(until: time)
  }

  /// In a valley whose width grows with its height the storage is as the square of the depth.
  func levelMetres(at time: Timestamp) -> Double {
    let depthAtFirst = 40.0
    return bottomMetres + depthAtFirst * (storageCubicMetres(at: time) / storageCubicMetres).squareRoot()
  }
}
