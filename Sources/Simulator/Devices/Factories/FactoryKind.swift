/// What plants of one trade have, and what they make.
struct FactoryKind: Sendable {
  /// Sites are called by it and a number.
  let name: String
  let sites: Int
  /// Each has a terminal with its orders.
  let lines: [String]
  let jobs: [OrderTerminal.Job]
  /// Of a line.
  let pace: MachineSchedule.Pace
  let lineWatts: Int
  /// Rests on Sundays and on Saturdays from three in the afternoon; others let every third line rest on Sundays.
  let keepsWeekend: Bool
  let plainVehicles: Int
  let standardVehicles: Int
  var warpers = 0
  var carts = 0
  let arms: Int
  let stations: Int
  let ware: InspectionStation.Ware
  let slots: Int
  let cranes: Int
  /// Machines that run day and night, whoever is there: compressors, chillers, furnaces.
  let utilities: [(name: String, watts: Int)]
}

extension FactoryKind {
  static let all = [mill, filament, bathroom, glass, hardware, shoe]

  /// Without stops or changeovers.
  static let utilityPace = MachineSchedule.Pace(
    stopPercent: 2, stopSeconds: 60...300, changeoverEverySeconds: 0, changeoverSeconds: 1...1, isUnattended: true)

  private static let linePace = MachineSchedule.Pace(
    stopPercent: 25, stopSeconds: 60...420, changeoverEverySeconds: 14_400, changeoverSeconds: 900...2400)

  static let mill = FactoryKind(
    name: "mill", sites: 6, lines: ["warp-1", "warp-2", "weave-1", "spin-1"],
    jobs: [
      .init(product: "PES-167", taktSeconds: 2700, pieces: 12), .init(product: "CO-295", taktSeconds: 3000, pieces: 10),
    ], pace: linePace, lineWatts: 96_000, keepsWeekend: false, plainVehicles: 9, standardVehicles: 4, warpers: 8,
    carts: 5, arms: 2, stations: 3,
    ware: .init(
      product: "beam",
      defects: [("fuzz", "defects_broken_filament"), ("stain", "defects_stain")], secondsPerPiece: 4, usualRejects: 60),
    slots: 3600, cranes: 3, utilities: [("compressor", 75_000), ("air-handler", 42_000)])

  static let filament = FactoryKind(
    name: "filament", sites: 4, lines: ["spin-1", "spin-2", "spin-3", "texture-1", "texture-2", "twist-1"],
    jobs: [
      .init(product: "FDY-83", taktSeconds: 46, pieces: 1200), .init(product: "DTY-167", taktSeconds: 52, pieces: 960),
    ], pace: linePace, lineWatts: 240_000, keepsWeekend: false, plainVehicles: 10, standardVehicles: 2, carts: 8,
    arms: 3, stations: 6,
    ware: .init(
      product: "bobbin",
      defects: [
        ("broken_filament", "defects_broken_filament"), ("stain", "defects_stain"), ("edge", "defects_edge"),
      ], secondsPerPiece: 6, usualRejects: 110),
    slots: 8000, cranes: 4,
    utilities: [("extruder", 180_000), ("compressor", 132_000), ("chiller", 210_000), ("air-handler", 64_000)])

  static let bathroom = FactoryKind(
    name: "bathroom", sites: 5, lines: ["cast-1", "glaze-1", "glaze-2", "fit-1"],
    jobs: [
      .init(product: "basin-40", taktSeconds: 95, pieces: 240),
      .init(product: "toilet-7", taktSeconds: 140, pieces: 160),
    ], pace: linePace, lineWatts: 54_000, keepsWeekend: true, plainVehicles: 0, standardVehicles: 9, arms: 10,
    stations: 4,
    ware: .init(
      product: "basin-40",
      defects: [("colour", "defects_stain"), ("edge", "defects_edge"), ("bubble", "defects_bubble")],
      secondsPerPiece: 48, usualRejects: 230),
    slots: 2400, cranes: 2, utilities: [("kiln", 260_000), ("compressor", 55_000), ("drier", 88_000)])

  static let glass = FactoryKind(
    name: "glass", sites: 4, lines: ["sunroof-1", "sunroof-2", "side-1", "screen-1"],
    jobs: [
      .init(product: "SR-7", taktSeconds: 30, pieces: 960), .init(product: "SR-9", taktSeconds: 30, pieces: 640),
    ], pace: linePace, lineWatts: 310_000, keepsWeekend: false, plainVehicles: 0, standardVehicles: 8, arms: 8,
    stations: 5,
    ware: .init(
      product: "SR-7",
      defects: [
        ("scratch", "defects_scratch"), ("bubble", "defects_bubble"), ("chipped_edge", "defects_edge"),
        ("stain", "defects_stain"),
      ], secondsPerPiece: 30, usualRejects: 140),
    slots: 4800, cranes: 3, utilities: [("furnace", 820_000), ("compressor", 110_000), ("washer", 36_000)])

  static let hardware = FactoryKind(
    name: "hardware", sites: 3, lines: ["cast-1", "turn-1", "plate-1", "pack-1"],
    jobs: [
      .init(product: "valve-15", taktSeconds: 18, pieces: 1600), .init(product: "tap-3", taktSeconds: 26, pieces: 900),
    ], pace: linePace, lineWatts: 38_000, keepsWeekend: true, plainVehicles: 4, standardVehicles: 0, arms: 2,
    stations: 2,
    ware: .init(
      product: "tap-3", defects: [("SCRATCH", "defects_scratch"), ("BUBBLE", "defects_bubble")], secondsPerPiece: 18,
      usualRejects: 90), slots: 1200, cranes: 1, utilities: [("compressor", 37_000), ("rectifier", 60_000)])

  static let shoe = FactoryKind(
    name: "shoe", sites: 2, lines: ["cut-1", "stitch-1", "mould-1", "pack-1"],
    jobs: [
      .init(product: "runner-42", taktSeconds: 22, pieces: 1400),
      .init(product: "trail-41", taktSeconds: 28, pieces: 800),
    ], pace: linePace, lineWatts: 24_000, keepsWeekend: true, plainVehicles: 4, standardVehicles: 0, arms: 2,
    stations: 2,
    ware: .init(
      product: "runner-42", defects: [("stain", "defects_stain"), ("edge", "defects_edge")], secondsPerPiece: 22,
      usualRejects: 70), slots: 2000, cranes: 2, utilities: [("compressor", 30_000), ("boiler", 48_000)])
}
