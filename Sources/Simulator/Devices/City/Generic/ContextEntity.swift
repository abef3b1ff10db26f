import Telemetry

/// An entity of a FIWARE context broker: a lamp, a container, a river's water.
struct ContextEntity: SimulatedDevice {
  /// By the built-in profile that reads it.
  enum Model: String, CaseIterable, Sendable {
    case streetlight = "ngsi-streetlight"
    case wasteContainer = "ngsi-waste-container"
    case waterQuality = "ngsi-water-quality"
  }

  let interval = Duration.seconds(600)
  let traits = DeviceTraits(clock: .ownElseReceipt)

  private let model: Model
  private let number: Int

  init(number: Int, model: Model) {
    self.number = number
    self.model = model
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    switch model {
    case .streetlight: streetlight(at: time, using: &random)
    case .wasteContainer: wasteContainer(at: time, using: &random)
    case .waterQuality: waterQuality(at: time, using: &random)
    }
  }

  /// Keys and values.
  private func streetlight(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let device = "lamp:harbour:\(number)"
    let isOn = !Sun.isUp(at: time)
    let power = isOn ? 60 : 0
    let volts = Decimal(nearest: 230 + random.noise(3), decimals: 1)
    // A status that no profile knows.
    let isStrange = random.happens(onceIn: 100)
    var readings = DeviceReadings(device, at: time)
    readings.add("lamp", state: isOn ? "on" : "off")
    if isStrange { readings.addBad("lamp_status") } else { readings.add("lamp_status", state: "ok") }
    readings.add("power", Double(power) * 0.001)
    readings.add("voltage", volts.value)
    return SimulatedMessage(
      topic: "ngsi/harbour/Streetlight",
      payload: """
        {"id":"\(device)","type":"Streetlight","powerState":"\(isOn ? "on" : "off")","status":\
        "\(isStrange ? "unknown" : "ok")","powerConsumption":\(power),"voltage":\(volts.text),"observationDateTime":\
        "\(CivilTime(time, zoneOffset: Timestamp.cityOffsetSeconds).text)"}
        """,
      readings: readings.all)
  }

  /// A notification of NGSI v2, normalized.
  private func wasteContainer(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let device = "container:harbour:\(number)"
    // It fills by day, and is empty at five in the morning.
    let hours = (time.cityHour + 19).truncatingRemainder(dividingBy: 24)
    let isBlocked = random.happens(onceIn: 80)
    let filling = Decimal(nearest: isBlocked ? 1.5 : hours / 26, decimals: 2)
    let celsius = Decimal(nearest: Weather.temperatureCelsius(at: time) + 2, decimals: 1)
    var readings = DeviceReadings(device, at: time)
    readings.add("fill_level", isBlocked ? nil : filling.value * 100)
    readings.add("temperature", celsius.value)
    return SimulatedMessage(
      topic: "ngsi/harbour/WasteContainer",
      payload: """
        {"subscriptionId":"5f1a","data":[{"id":"\(device)","type":"WasteContainer","TimeInstant":{"type":"DateTime",\
        "value":"\(CivilTime(time, zoneOffset: 0).text)"},"fillingLevel":{"type":"Number","value":\(filling.text)},\
        "temperature":{"type":"Number","value":\(celsius.text)}}]}
        """,
      readings: readings.all)
  }

  /// NGSI-LD, with a unit by UN/CEFACT.
  private func waterQuality(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let device = "urn:ngsi-ld:WaterQualityObserved:jin-\(number)"
    let celsius = Decimal(nearest: 12 + 0.5 * Weather.temperatureCelsius(at: time), decimals: 1)
    let acidity = random.happens(onceIn: 100) ? nil : Decimal(nearest: 7.4 + random.noise(0.2), decimals: 2)
    let conductivity = Decimal(nearest: 310 + random.noise(20), decimals: 0)
    let property = { (value: String) in "{\"type\":\"Property\",\"value\":\(value)" }
    var readings = DeviceReadings(device, at: time)
    readings.add("water_temperature", celsius.value)
    readings.add("ph", acidity?.value)
    readings.add("conductivity", conductivity.value)
    return SimulatedMessage(
      topic: "ngsi/jin-river/WaterQualityObserved",
      payload: """
        {"id":"\(device)","type":"WaterQualityObserved","dateObserved":{"type":"Property","value":{"@type":"DateTime",\
        "@value":"\(CivilTime(time, zoneOffset: 0).text)"}},"temperature":\(property(celsius.text))},"pH":\
        \(property(acidity?.text ?? "null"))},"conductivity":\(property(conductivity.text)),"unitCode":"G42"}}
        """,
      readings: readings.all)
  }
}
