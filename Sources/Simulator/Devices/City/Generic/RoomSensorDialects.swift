import Telemetry

/// Each dialect's message, and its word for a probe that is broken.
extension RoomSensor {
  func senML(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let time = Timestamp(seconds: time.seconds)
    // Addresses of one maker, of another for each dialect.
    let device = "00124b00" + Hex.text(UInt64(number + (dialect == .senMLCBOR ? 0x100 : 0)), digits: 8)
    var pack = SenMLWriter(device: device, baseName: "urn:dev:mac:\(device):", at: time)
    if let temperature = climate.temperature {
      pack.add("temperature", unit: "Cel", temperature.value, decimals: 1)
    } else {
      pack.addNull("temperature", unit: "Cel")
    }
    pack.add("humidity", unit: "%RH", Double(climate.humidityPercent), decimals: 0)
    pack.add("battery", unit: "%EL", Double(climate.batteryPercent), decimals: 0)
    let isJSON = dialect == .senMLJSON
    return SimulatedMessage(
      topic: "senml/library/\(isJSON ? "json" : "cbor")", payload: isJSON ? Array(pack.json.utf8) : pack.cbor,
      readings: pack.readings)
  }

  /// - Note: a text where a number is wanted is a bad reading.
  func lineProtocol(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let device = "probe-\(number)"
    var readings = DeviceReadings(device, at: time)
    readings.add("temperature", climate.temperature?.value)
    readings.add("humidity", Double(climate.humidityPercent))
    readings.add("pressure", climate.pressure.value * 0.1)
    return SimulatedMessage(
      topic: "line-protocol/museum/up",
      payload: """
        climate,device=\(device) temperature=\(climate.temperature?.text ?? "\"open\""),\
        humidity=\(climate.humidityPercent)i,pressure=\(climate.pressure.text) \(time.microseconds)000

        """,
      readings: readings.all)
  }

  func plainValue(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let device = "cold-store-\(number)"
    var readings = DeviceReadings(device, at: time)
    readings.add("temperature", climate.temperature?.value)
    return SimulatedMessage(
      topic: "value/\(device)/temperature", payload: climate.temperature.map { "\($0.text) °C" } ?? "--",
      readings: readings.all)
  }

  func thingsBoard(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let isGateway = dialect == .thingsBoardGateway
    let device = isGateway ? "School room \(number)" : "thingsboard-device"
    let (values, readings) = pair(climate, of: device, at: time)
    let record = "{\"ts\":\(time.milliseconds),\"values\":{\(values)}}"
    return SimulatedMessage(
      topic: isGateway ? "v1/gateway/telemetry" : "v1/devices/me/telemetry",
      payload: isGateway ? "{\"\(device)\":[\(record)]}" : record, readings: readings)
  }

  /// Temperature and humidity as members of an object.
  private func pair(
    _ climate: Climate, of device: String, at time: Timestamp
  ) -> (text: String, readings: [KnownReading]) {
    var readings = DeviceReadings(device, at: time)
    readings.add("temperature", climate.temperature?.value)
    readings.add("humidity", Double(climate.humidityPercent))
    return (
      "\"temperature\":\(climate.temperature?.text ?? "null"),\"humidity\":\(climate.humidityPercent)", readings.all
    )
  }

  func alink(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let device = "air-conditioner-\(number)"
    var properties = AlinkProperties(device, at: time)
    if let temperature = climate.temperature {
      properties.add("CurrentTemperature", as: "temperature", temperature.value, decimals: 1)
    } else {
      properties.addNull("CurrentTemperature", as: "temperature")
    }
    properties.add("RelativeHumidity", as: "humidity", Double(climate.humidityPercent), decimals: 0)
    let isOn = (8..<20).contains(time.cityHour)
    properties.add("PowerSwitch", as: "switched", raw: isOn ? "1" : "0", state: isOn ? "on" : "off")
    return SimulatedMessage(
      topic: "/sys/a1city/\(device)/thing/event/property/post",
      payload: properties.payload(id: "\(time.microseconds)"), readings: properties.readings)
  }

  /// - Note: its time is the wall clock's, without a zone.
  func tasmota(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let time = Timestamp(seconds: time.seconds)
    let device = "kiosk-\(number)"
    let clock = CivilTime(Timestamp(seconds: time.seconds + Timestamp.cityOffsetSeconds), zoneOffset: 0).text.dropLast()
    var readings = DeviceReadings(device, at: time)
    readings.add("temperature", climate.temperature?.value)
    readings.add("humidity", Double(climate.humidityPercent))
    readings.add("pressure", climate.pressure.value * 0.1)
    return SimulatedMessage(
      topic: "tele/\(device)/SENSOR",
      payload: """
        {"Time":"\(clock)","BME280":{"Temperature":\(climate.temperature?.text ?? "null"),"Humidity":\
        \(climate.humidityPercent),"Pressure":\(climate.pressure.text)},"PressureUnit":"hPa","TempUnit":"C"}
        """,
      readings: readings.all)
  }

  func zigbee(_ climate: Climate, at time: Timestamp) -> SimulatedMessage {
    let device = "reading-room-\(number)"
    let millivolts = 2600 + climate.batteryPercent * 5
    let (values, known) = pair(climate, of: device, at: time)
    var readings = DeviceReadings(device, at: time)
    readings.add("battery", Double(climate.batteryPercent))
    readings.add("battery_voltage", Double(millivolts) * 0.001)
    return SimulatedMessage(
      topic: "zigbee2mqtt/\(device)",
      payload: "{\"battery\":\(climate.batteryPercent),\"voltage\":\(millivolts),\(values)}",
      readings: known + readings.all)
  }

  /// - Note: a broken probe is the greatest number of its field, far beyond the range.
  func lowPowerPayload(
    _ climate: Climate, at time: Timestamp, using random: inout RandomSource
  ) -> SimulatedMessage {
    var payload = LowPowerPayload()
    payload.append(channel: 1, .temperature, climate.deciCelsius ?? 0x7FFF)
    payload.append(channel: 2, .humidity, climate.humidityPercent * 2)
    payload.append(channel: 3, .pressure, climate.decihectopascals)
    let isChirpStack = dialect == .chirpStackLPP
    let device = isChirpStack ? "24e124" + Hex.text(UInt64(number), digits: 10) : "greenhouse-\(number)"
    var readings = DeviceReadings(device, at: time)
    readings.add("temperature", climate.deciCelsius.map { Double($0) * 0.1 })
    readings.add("humidity", Double(climate.humidityPercent * 2) * 0.5)
    readings.add("pressure", Double(climate.decihectopascals) * 0.1 * 0.1)
    return SimulatedMessage(
      topic: isChirpStack ? "application/f7cf/device/\(device)/event/up" : "v3/cayenne-lpp@city/devices/\(device)/up",
      payload: isChirpStack
        ? NetworkServerUplink.chirpStack(
          eui: device, name: "Greenhouse \(number)", profile: "Cayenne LPP", port: 1, bytes: payload.bytes, at: time,
          using: &random)
        : NetworkServerUplink.theThingsStack(
          device: device, application: "cayenne-lpp", port: 1, bytes: payload.bytes, at: time),
      readings: readings.all)
  }
}
