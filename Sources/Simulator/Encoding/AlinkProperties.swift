import Telemetry

/// Properties as devices post them to Alibaba Cloud IoT, each with its time, and what they say.
///
/// Source: Alibaba Cloud IoT Platform, "Device properties, events, and services", Alink JSON.
struct AlinkProperties {
  private let device: String
  private let time: Timestamp
  private var params: [String] = []
  private(set) var readings: [KnownReading] = []

  init(_ device: String, at time: Timestamp) {
    self.device = device
    self.time = time
  }

  /// - Parameters:
  ///   - factor: from the property's unit to the metric's canonical one.
  ///   - own: where it is not that of the post.
  mutating func add(
    _ property: String, as metric: String, _ value: Double, decimals: Int, factor: Double = 1, isBad: Bool = false,
    at own: Timestamp? = nil
  ) {
    let number = Decimal(nearest: value, decimals: decimals)
    append(property, number.text, metric, isBad ? .bad : .number(number.value * factor), at: own ?? time)
  }

  mutating func add(_ property: String, as metric: String, raw: String, state: String) {
    append(property, raw, metric, .state(state), at: time)
  }

  /// A property without its value.
  mutating func addNull(_ property: String, as metric: String) {
    append(property, "null", metric, .bad, at: time)
  }

  private mutating func append(
    _ property: String, _ text: String, _ metric: String, _ value: KnownReading.Value, at time: Timestamp
  ) {
    params.append("\"\(property)\":{\"value\":\(text),\"time\":\(time.milliseconds)}")
    readings.append(KnownReading(device: device, metric: metric, time: time, value: value))
  }

  func payload(id: String) -> String {
    """
    {"id":"\(id)","version":"1.0","params":{\(params.joined(separator: ","))},"method":"thing.event.property.post"}
    """
  }
}
