import Telemetry

/// The fleet `first`: twelve AGVs in two factories, thirty kitchen-waste bins in three districts, one water plant.
///
/// One message in fifty is late by up to ten minutes, one in two hundred cannot be decoded, and some readings are bad.
struct FirstFleet: Fleet {
  private var random: RandomSource
  private var vehicles: [Vehicle]
  private var bins: [Bin]
  private var plant = WaterPlant()

  init(seed: UInt64) {
    random = RandomSource(seed: seed)
    vehicles = (1...12).map { Vehicle(number: $0, site: $0 <= 7 ? "mill-3" : "bathroom-1") }
    bins = (1...30).map { Bin(number: $0) }
  }

  mutating func nextMessage(at now: Timestamp) -> SimulatedMessage {
    let isLate = random.happens(onceIn: 50)
    let time =
      isLate ? Timestamp(microseconds: now.microseconds - Int64.random(in: 1...600_000, using: &random) * 1000) : now
    let message: SimulatedMessage
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<6:
      let index = Int.random(in: vehicles.indices, using: &random)
      message = vehicles[index].message(at: time, using: &random)
    case 6..<9:
      let index = Int.random(in: bins.indices, using: &random)
      message = bins[index].message(at: time, using: &random)
    default: message = plant.message(at: time, using: &random)
    }
    return random.happens(onceIn: 200) ? broken(message) : message
  }

  /// What a device sends whose buffer was cut off.
  private func broken(_ message: SimulatedMessage) -> SimulatedMessage {
    SimulatedMessage(topic: message.topic, payload: Array(message.payload.dropLast(3)), readings: [])
  }
}
