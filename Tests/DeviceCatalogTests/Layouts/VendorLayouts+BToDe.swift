/// Layouts of vendors by their names.
extension VendorLayout {
  static let bToDe = [
    VendorLayout(
      devices: ["bosch/tps110-0292"],
      layout: """
        endian: little
        ports:
          1: [{ name: occupied, type: bool }]
          2: [{ name: occupied, type: bool }, { name: temperature, type: int8 }]
          3:
            - { repeat: 3, fields: [{ name: "debug_{n}", type: uint32 }] }
            - { name: major, type: uint8 }
            - { name: minor, type: uint8 }
            - { name: patch, type: uint8 }
            - { name: reset, type: uint8 }
            - { name: occupied, type: bool }
        """,
      values: """
        occupied occupied
        temperature temperature
        debugCodes/0 debug_1
        debugCodes/1 debug_2
        resetCause reset 3=system_request
        """, unread: ["type": constantText, "firmwareVersion": textOfNumbers]),
    VendorLayout(
      devices: ["comtac/lpn-cm4"],
      layout: """
        ports:
          3:
            - { name: battery, at: 3, type: uint8 }
            - { skip: 1 }
            - repeat: end
              each: record
              every: 10m
              fields: [{ name: temperature, type: int16 }, { name: humidity, type: uint8 }]
          100:
            - { name: battery, at: 3, type: uint8 }
            - { name: rate, type: uint16 }
            - { name: trigger, type: uint8 }
            - { name: temperature_offset, type: int16 }
            - { name: temperature_max, type: int8 }
            - { name: temperature_min, type: int8 }
            - { name: humidity_offset, type: int8 }
            - { name: humidity_max, type: uint8 }
            - { name: humidity_min, type: uint8 }
          101:
            - { name: battery, at: 3, type: uint8 }
            - { name: major, type: uint8 }
            - { name: minor, type: uint8 }
        """,
      values: """
        batLevel battery 0.5
        historyTrigger trigger
        measRate rate
        tempOffset temperature_offset
        tempMax temperature_max
        tempMin temperature_min
        humOffset humidity_offset
        humMax humidity_max
        humMin humidity_min
        appMainVers major
        appMinorVers minor

        """
          + (0..<8).map { "tempNOW/\($0) temperature@\($0 + 1) 0.01\nhumNOW/\($0) humidity@\($0 + 1)\n" }.joined()),
    VendorLayout(
      devices: ["comtac/lpn-km"],
      layout: """
        ports:
          3: &fixed
            - { name: id, type: uint8 }
            - { name: version, type: uint8 }
            - { name: restarted, at: 2, bit: 5 }
            - { name: battery_powered, at: 2, bit: 3 }
            - { name: synced, at: 2, bit: 2 }
            - { name: battery, type: uint8, missing: [0] }
            - { name: config, type: uint8 }
            - { when: config, bit: 0, fields: [{ name: time, type: uint32 }] }
            - { name: counters, type: uint8 }
            - { name: inputs, type: hex, bytes: 2 }
          20:
            - { name: id, type: uint8 }
            - { name: version, type: uint8 }
            - { name: restarted, at: 2, bit: 5 }
            - { name: battery_powered, at: 2, bit: 3 }
            - { name: synced, at: 2, bit: 2 }
            - { name: battery, type: uint8, missing: [0] }
            - { name: time, type: uint32 }
            - repeat: end
              size: 4
              fields:
                - { name: "type_{n}", at: 0, bit: 4, bits: 4 }
                - { name: "id_{n}", at: 0, bit: 0, bits: 4 }
                - { name: "interrogation_{n}", at: 1, bit: 6 }
                - { name: "state_{n}", at: 1, bit: 0 }
                - { name: "seconds_{n}", at: 2, type: uint16 }
          22:
            - { name: id, type: uint8 }
            - { name: version, type: uint8 }
            - { name: restarted, at: 2, bit: 5 }
            - { name: battery_powered, at: 2, bit: 3 }
            - { name: synced, at: 2, bit: 2 }
            - { name: battery, type: uint8, missing: [0] }
            - { name: time, type: uint32 }
        """,
      values: """
        payload/device/info/deviceId id
        payload/device/info/deviceVersion version
        payload/device/batteryLevel battery 0.395256917 -0.395256917 0
        payload/device/deviceStatus/batteryPowered battery_powered
        payload/device/deviceStatus/deviceRestarted restarted
        payload/device/deviceStatus/timeSynced synced
        payload/data/timestamp/unix time
        payload/data/digitalInputs inputs
        payload/data/digitalInputs/0/info/id id_1
        payload/data/digitalInputs/0/info/type type_1 1=singlePointInfo
        payload/data/digitalInputs/0/cot/interrogation interrogation_1
        payload/data/digitalInputs/0/timestamp/unix time
        payload/data/digitalInputs/0/status/state state_1
        payload/data/digitalInputs/1/info/id id_2
        payload/data/digitalInputs/1/info/type type_2 1=singlePointInfo
        payload/data/digitalInputs/1/cot/interrogation interrogation_2
        payload/data/digitalInputs/1/timestamp/unix time
        payload/data/digitalInputs/1/status/state state_2
        """,
      unread: [
        "payloadLength": constantText, "port": constantText, "decoder": constantText, "timestamp/string": constantText,
        "device/info/deviceDesignation": constantText, "device/info/deviceManufacturer": constantText,
        "data/config": "bits that the one example does not tell apart",
        "deviceStatus": "bits that the three examples do not tell apart", "cot": "bits that are 0 in all examples",
        "blocked": "a bit that is 0 in all examples",
      ]),
    VendorLayout(
      devices: ["decentlab/dl-lp8p"],
      layout: """
        fields:
          - { name: version, type: uint8 }
          - { name: id, type: uint16 }
          - { name: flags, type: uint16 }
          - when: flags
            bit: 0
            fields: [{ name: temperature, type: uint16 }, { name: humidity, type: uint16 }]
          - when: flags
            bit: 1
            fields: [{ name: barometer, type: uint16 }, { name: pressure, type: uint16 }]
          - when: flags
            bit: 2
            fields:
              - { name: co2, type: uint16 }
              - { name: co2_lpf, type: uint16 }
              - { name: co2_temperature, type: uint16 }
              - { name: capacitor_1, type: uint16 }
              - { name: capacitor_2, type: uint16 }
              - { name: status, type: uint16 }
              - { name: infrared, type: uint16 }
              - { name: infrared_lpf, type: uint16 }
          - { when: flags, bit: 3, fields: [{ name: battery, type: uint16 }] }
        """,
      values: """
        protocol_version version
        device_id id
        battery_voltage/value battery 0.001
        air_temperature/value temperature 0.00268127441 -46.85
        air_humidity/value humidity 0.0019073486328125 -6
        barometer_temperature/value barometer 0.01 -50
        barometric_pressure/value pressure 2
        co2_concentration/value co2 1 -32768
        co2_concentration_lpf/value co2_lpf 1 -32768
        co2_sensor_temperature/value co2_temperature 0.01 -327.68
        capacitor_voltage_1/value capacitor_1 0.001
        capacitor_voltage_2/value capacitor_2 0.001
        co2_sensor_status/value status
        raw_ir_reading/value infrared
        raw_ir_reading_lpf/value infrared_lpf
        """, unread: ["displayName": constantText, "unit": constantText]),
    VendorLayout(
      devices: ["decentlab/dl-dlr2-010"],
      layout: """
        fields:
          - { name: version, type: uint8 }
          - { name: id, type: uint16 }
          - { name: flags, type: uint16 }
          - when: flags
            bit: 0
            fields:
              - { name: count_0, type: uint16 }
              - { name: interval_0, type: uint16 }
              - { name: total_0, type: uint32, endian: word-swapped }
          - when: flags
            bit: 1
            fields:
              - { name: count_1, type: uint16 }
              - { name: interval_1, type: uint16 }
              - { name: total_1, type: uint32, endian: word-swapped }
          - { when: flags, bit: 2, fields: [{ name: battery, type: uint16 }] }
        """,
      values: """
        protocol_version version
        device_id id
        battery_voltage/value battery 0.001
        ch0_pulse_count/value count_0
        ch0_pulse_interval/value interval_0
        ch0_cumulative_pulse_count/value total_0
        ch1_pulse_count/value count_1
        ch1_pulse_interval/value interval_1
        ch1_cumulative_pulse_count/value total_1
        """, unread: ["displayName": constantText, "unit": constantText]),
    VendorLayout(
      devices: ["decentlab/dl-smtp"],
      layout: """
        fields:
          - { name: version, type: uint8 }
          - { name: id, type: uint16 }
          - { name: flags, type: uint16 }
          - when: flags
            bit: 0
            fields:
              - repeat: 8
                number-from: 0
                fields: [{ name: "moisture_{n}", type: uint16 }, { name: "temperature_{n}", type: uint16 }]
          - { when: flags, bit: 1, fields: [{ name: battery, type: uint16 }] }
        """,
      values: """
        protocol_version version
        device_id id
        battery_voltage/value battery 0.001

        """
          + (0..<8).map {
            """
            soil_moisture_at_depth_\($0)/value moisture_\($0) 0.002 -5
            soil_temperature_at_depth_\($0)/value temperature_\($0) 0.01 -327.68

            """
          }.joined(), unread: ["displayName": constantText, "unit": constantText]),
    VendorLayout(
      devices: ["b-meters/iwmlr3"],
      layout: """
        fields:
          - { name: application, type: uint8 }
          - { name: counter, radix: 100, parts: [{ at: 2, type: bcd24, endian: little }, { at: 1, type: uint8 }] }
          - { name: flow, radix: 100, parts: [{ at: 6, type: bcd24, endian: little }, { at: 5, type: uint8 }] }
          - { name: k, at: 9, type: uint8 }
          - { name: medium, type: uint8 }
          - { name: vif, type: uint8 }
          - { name: alarm, type: uint8 }
        """,
      values: """
        aplication application
        valueCounter counter
        flowCounter flow
        indexK k
        medium medium
        vif vif
        alarm alarm
        """),
  ]
}
