/// Longer layouts of real devices.
extension VendorLayout {
  /// The messages of a family of sensors that differ in what one reading is.
  ///
  /// - Parameter reading: `HERE0` … stand for the bytes of a reading, from its first on.
  static func laird(reading: String) -> String {
    func placed(at offset: Int?) -> String {
      (0..<4).reduce(reading.replacing("\n", with: " ")) { text, byte in
        text.replacing("at: HERE\(byte)", with: "at: \((offset ?? 0) + byte)")
      }
    }
    return """
      fields:
        - { name: kind, type: uint8 }
        - { name: options, type: uint8 }
        - select: kind
          cases:
            1:
              - { when: kind, fields: \(placed(at: 2)) }
              - { name: battery, at: 6, type: uint8 }
              - { name: alarms, type: uint16 }
              - { name: backlog, type: uint16 }
            2:
              - { name: alarms, type: uint8 }
              - { name: backlog, type: uint16 }
              - { name: battery, type: uint8 }
              - { name: count, type: uint8 }
              - { name: time, type: uint32, epoch: 2000-01-01 }
              - { repeat: count, each: record, size: 4, fields: \(placed(at: nil)) }
            3:
              - { name: time, type: uint32, epoch: 2000-01-01 }
              - { when: kind, is: 3, fields: \(placed(at: 6)) }
            4:
              - { name: count, type: uint8 }
              - repeat: count
                each: record
                size: 8
                fields:
                  - { name: time, type: uint32, epoch: 2000-01-01 }
                  - { when: kind, is: 4, fields: \(placed(at: 4)) }
            5: &config
              - { name: battery_type, type: uint8 }
              - { name: period, type: uint16 }
              - { name: aggregate, type: uint8 }
              - { name: temperature_alarms, type: uint8 }
              - { name: humidity_alarms, type: uint8 }
              - { name: low, type: int8, optional: true }
              - { name: high, type: int8, optional: true }
              - { name: humidity_low, type: uint8, optional: true }
              - { name: humidity_high, type: uint8, optional: true }
              - { name: led_ble, type: uint16, optional: true }
              - { name: led_lora, type: uint16, optional: true }
            6: *config
            7:
              - { name: year, type: uint8 }
              - { name: month, type: uint8 }
              - { name: day, type: uint8 }
              - { name: release_major, type: uint8 }
              - { name: release_minor, type: uint8 }
              - { name: part, type: uint32 }
            10:
              - { name: voltage, radix: 100, parts: [{ at: 3, type: uint8 }, { at: 2, type: uint8 }] }
            11:
              - { when: kind, is: 11, fields: \(placed(at: 2)) }
              - { name: battery, at: 6, type: uint8 }
              - { name: alarms, type: uint16 }
              - { name: backlog, type: uint16 }
            12:
              - { name: battery_type, type: uint8 }
              - { name: period, type: uint16 }
              - { name: aggregate, type: uint8 }
              - { name: temperature_alarms, type: uint8 }
              - { name: low, type: int16 }
              - { name: high, type: int16 }
              - { name: led_ble, type: uint16 }
              - { name: led_lora, type: uint16 }
      """
  }

  static let lairdValues = """
    msgType kind 1=Laird_Internal_TH,2=Laird_Agg_TH,3=SendBackLogMessage,4=SendBackLogMessages,5=Laird_Simple_Config,\
    6=Laird_Advanced_Config,7=Laird_FW_Version,10=Laird_Battery_Voltage,11=Laird_RTD,12=Laird_RTD_Config
    batteryCapacity battery 5=80-100%
    alarmMsgCount alarms
    backlogMsgCount backlog
    numberOfReadings count
    temperature temperature 0.01
    humidity humidity 0.01
    readings/0/temperature temperature@1 0.01
    readings/0/humidity humidity@1 0.01
    readings/1/temperature temperature@2 0.01
    readings/1/humidity humidity@2 0.01
    batteryType battery_type 1=Alkaline,2=Lithium
    sensorReadPeriod period
    sensorAggregate aggregate
    tempAlarmsEnabled temperature_alarms 0=False,1=True
    humidityAlarmsEnabled humidity_alarms 0=False,1=True
    tempAlarmLimitLow low
    tempAlarmLimitHigh high
    humidityAlarmLimitLow humidity_low
    humidityAlarmLimitHigh humidity_high
    ledBle led_ble
    ledLora led_lora
    partNumber part
    voltage voltage 0.01
    """

  static let lairdUnread = [
    "options": "words for bits that the examples do not tell apart",
    "timestamp": "a date as words; the field has Unix seconds", "releaseDate": "a text put together of three numbers",
    "releaseNumber": "a text put together of two numbers",
  ]

  /// Reports of three values each, 0xFFFF where a sensor is not there.
  static let airQuality = """
    ports:
      6:
        - { name: device, at: 1, type: uint8 }
        - { name: report, type: uint8 }
        - select: report
          cases:
            0:
              - { name: software, type: uint8 }
              - { name: hardware, type: uint8 }
              - { name: date, type: bcd32 }
          otherwise: [{ name: volt, bit: 0, bits: 7 }]
        - select: report
          cases:
            0: []
            1: &mass
              - { name: pm1, type: uint16, missing: [0xFFFF] }
              - { name: pm2_5, type: uint16, missing: [0xFFFF] }
              - { name: pm10, type: uint16, missing: [0xFFFF] }
            2: *mass
            3:
              - { name: um0_3, type: uint16, missing: [0xFFFF] }
              - { name: um0_5, type: uint16, missing: [0xFFFF] }
              - { name: um1_0, type: uint16, missing: [0xFFFF] }
            4:
              - { name: um2_5, type: uint16, missing: [0xFFFF] }
              - { name: um5_0, type: uint16, missing: [0xFFFF] }
              - { name: um10, type: uint16, missing: [0xFFFF] }
            5:
              - { name: o3, type: uint16, missing: [0xFFFF] }
              - { name: co, type: uint16, missing: [0xFFFF] }
              - { name: no, type: uint16, missing: [0xFFFF] }
            6:
              - { name: no2, type: uint16, missing: [0xFFFF] }
              - { name: so2, type: uint16, missing: [0xFFFF] }
              - { name: h2s, type: uint16, missing: [0xFFFF] }
            7:
              - { name: co2, type: uint16, missing: [0xFFFF] }
              - { name: nh3, type: uint16, missing: [0xFFFF] }
              - { name: noise, type: uint16, missing: [0xFFFF] }
            8:
              - { name: ph, type: uint16, missing: [0xFFFF] }
              - { name: ph_temperature, type: int16, missing: [-1] }
              - { name: orp, type: int16, missing: [-1] }
            9:
              - { name: ntu, type: uint16, missing: [0xFFFF] }
              - { name: ntu_temperature, type: int16, missing: [-1] }
              - { name: ec5, type: uint16, missing: [0xFFFF] }
            10:
              - { name: soil_humidity, type: uint16, missing: [0xFFFF] }
              - { name: soil_temperature, type: int16, missing: [-1] }
              - { name: water_level, type: uint16, missing: [0xFFFF] }
              - { name: ec, type: uint8, missing: [0xFF] }
            11:
              - { name: ldo_temperature, type: int16, missing: [-1] }
              - { name: ldo, type: uint16, missing: [0xFFFF] }
              - { name: ldo_saturation, type: uint16, missing: [0xFFFF] }
            12:
              - { name: temperature, type: int16, missing: [-1] }
              - { name: humidity, type: uint16, missing: [0xFFFF] }
              - { name: wind_speed, type: uint16, missing: [0xFFFF] }
            13:
              - { name: wind_direction, type: uint16, missing: [0xFFFF] }
              - { name: pressure, type: uint32 }
            14: [{ name: voc, type: uint16, missing: [0xFFFF] }]
      7:
        - { name: command, type: uint8 }
        - { name: device, type: uint8 }
        - select: command
          cases:
            0x81: [{ name: status, type: uint8 }]
            0x82: [{ name: shortest, type: uint16 }, { name: longest, type: uint16 }]
    """
}
