import Telemetry

/// A group of points as EMQX Neuron publishes it, and what it says.
///
/// Source: EMQX Neuron, "MQTT plugin", upload format `values`.
struct NeuronPoints {
  private let time: Timestamp
  private var known: DeviceReadings
  private var values: [String] = []
  private var errors: [String] = []

  init(_ device: String, at time: Timestamp) {
    self.time = time
    known = DeviceReadings(device, at: time)
  }

  var readings: [KnownReading] { known.all }

  /// - Parameter factor: from the point's unit to the metric's canonical one.
  mutating func add(_ point: String, as metric: String, _ value: Double, decimals: Int, factor: Double = 1) {
    let number = Decimal(nearest: value, decimals: decimals)
    values.append("\"\(point)\":\(number.text)")
    known.add(metric, number.value * factor)
  }

  /// - Parameter states: by their numbers.
  mutating func add(_ point: String, as metric: String, _ number: Int, _ states: [String]) {
    values.append("\"\(point)\":\(number)")
    known.add(metric, state: states[number])
  }

  /// A point that could not be read.
  mutating func addError(_ code: Int, _ point: String, as metric: String) {
    errors.append("\"\(point)\":\(code)")
    known.addBad(metric)
  }

  func payload(node: String, group: String) -> String {
    """
    {"node":"\(node)","group":"\(group)","timestamp":\(time.milliseconds),"values":{\(values.joined(separator: ","))},\
    "errors":{\(errors.joined(separator: ","))}}
    """
  }
}
