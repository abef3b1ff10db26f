import Telemetry

/// The readings of one device at one moment, in the order in which it tells them.
struct DeviceReadings {
  let device: String
  let time: Timestamp
  private(set) var all: [KnownReading] = []

  init(_ device: String, at time: Timestamp) {
    self.device = device
    self.time = time
  }

  /// - Parameter value: in the canonical unit; nil where the reading is bad.
  mutating func add(_ metric: String, _ value: Double?) {
    all.append(KnownReading(device: device, metric: metric, time: time, value: value.map { .number($0) } ?? .bad))
  }

  mutating func add(_ metric: String, state: String) {
    all.append(KnownReading(device: device, metric: metric, time: time, value: .state(state)))
  }

  mutating func addBad(_ metric: String) { add(metric, nil) }
}

extension Decimal {
  /// A number with so many decimals, the nearest to a value.
  init(nearest value: Double, decimals: Int) {
    var scaled = value
    for _ in 0..<decimals { scaled *= 10 }
    self.init(Int(scaled.rounded()), decimals: decimals)
  }
}

extension RandomSource {
  /// From `-amplitude` to `amplitude`.
  mutating func noise(_ amplitude: Double) -> Double { Double.random(in: -amplitude...amplitude, using: &self) }
}
