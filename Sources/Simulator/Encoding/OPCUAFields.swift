import Telemetry

/// The fields of one data set as OPC UA PubSub publishes it in JSON, and what they say.
///
/// Source: OPC UA, part 14, annex A.3: JSON message mapping.
struct OPCUAFields {
  private let time: Timestamp
  private var known: DeviceReadings
  private var fields: [String] = []

  init(_ device: String, at time: Timestamp) {
    self.time = time
    known = DeviceReadings(device, at: time)
  }

  var readings: [KnownReading] { known.all }

  /// - Parameter factor: from the field's unit to the metric's canonical one.
  mutating func add(_ field: String, as metric: String, _ value: Double, decimals: Int, factor: Double = 1) {
    let number = Decimal(nearest: value, decimals: decimals)
    fields.append("\"\(field)\":{\"Value\":\(number.text)}")
    known.add(metric, number.value * factor)
  }

  mutating func add(_ field: String, as metric: String, number: Int, state: String) {
    fields.append("\"\(field)\":{\"Value\":\(number)}")
    known.add(metric, state: state)
  }

  /// A field without a value.
  mutating func addError(_ status: UInt32, _ field: String, as metric: String) {
    fields.append("\"\(field)\":{\"StatusCode\":\(status)}")
    known.addBad(metric)
  }

  mutating func addNull(_ field: String, as metric: String) {
    fields.append("\"\(field)\":{\"Value\":null}")
    known.addBad(metric)
  }

  func payload(publisher: String) -> String {
    """
    {"MessageType":"ua-data","PublisherId":"\(publisher)","Messages":[{"DataSetWriterId":1,"Timestamp":\
    "\(CivilTime(time, zoneOffset: 0).text)","Payload":{\(fields.joined(separator: ","))}}]}
    """
  }
}
