/// Layouts of real devices, and what a profile would make of their fields.
///
/// `values` has a line for each value of the device's published examples: its path in the output, the field (`@2` is of
/// the third record), and how one becomes the other: nothing, `scale offset decimals`, `raw=word` pairs, or `time`.
struct VendorLayout: Sendable, CustomStringConvertible {
  let devices: [String]
  let layout: String
  let values: String
  /// Paths that no field gives, with why.
  var unread: [String: String] = [:]

  var description: String { devices[0] }
}

extension VendorLayout {
  private static let constantText = "a word for the port or the kind, which the device does not send"
  private static let textOfNumbers = "a text put together of several numbers, which are fields here"

  static let all = [
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
      devices: ["digital-matter/oyster"],
      layout: """
        endian: little
        ports:
          1:
            - { name: latitude, type: int32 }
            - { name: longitude, type: int32 }
            - { name: in_trip, at: 8, bit: 0 }
            - { name: fix_failed, at: 8, bit: 1 }
            - { name: heading, at: 8, bit: 2, bits: 6 }
            - { name: speed, type: uint8 }
            - { name: battery, type: uint8 }
        """,
      values: """
        latitudeDeg latitude 1e-7
        longitudeDeg longitude 1e-7
        inTrip in_trip
        fixFailed fix_failed
        headingDeg heading 5.625
        speedKmph speed
        batV battery 0.025
        """, unread: ["type": constantText, "manDown": "null for this kind of device"]),
    VendorLayout(
      devices: ["digital-matter/yabby-edge"],
      layout: """
        ports:
          4:
            - { skip: 1 }
            - repeat: end
              number-from: 0
              fields: [{ name: "rssi_{n}", type: int8 }, { name: "mac_{n}", type: hex, bytes: 6 }]
        """,
      values: """
        wifi/0/mac mac_0
        wifi/0/rssi rssi_0
        """, unread: ["type": constantText, "inTrip": "a bit that the one example does not tell"]),
    VendorLayout(
      devices: ["dingtek/df530"],
      layout: """
        ports:
          3:
            - { const: "80" }
            - { const: "81", at: -1 }
            - { name: kind, at: 3, type: uint8 }
            - select: kind
              cases:
                2:
                  - { name: level, at: 5, type: uint16 }
                  - { name: has_place, type: bool }
                  - when: has_place
                    fields:
                      - { name: longitude, type: float32, endian: little }
                      - { name: latitude, type: float32, endian: little }
                  - { name: temperature, type: int8 }
                  - { name: frames, at: -4, type: uint16 }
                  - { name: battery_low, at: -6, bit: 0 }
                  - { name: empty, at: -6, bit: 4 }
                3:
                  - { name: upload_minutes, at: 7, type: uint8 }
                  - { name: threshold, at: 8, type: uint16 }
        """,
      values: """
        level level
        longitude longitude 1 0 6
        latitude latitude 1 0 6
        temperature temperature
        frame_counter frames
        battery battery_low
        empty empty
        periodic_upload_interval upload_minutes
        empty_alarm_threshold threshold
        """),
    VendorLayout(
      devices: ["dragino/lht65"],
      layout: """
        ports:
          2:
            - { name: battery, at: 0, word: 16, bit: 0, bits: 14 }
            - { name: status, at: 0, word: 16, bit: 14, bits: 2 }
            - { name: temperature, type: int16 }
            - { name: humidity, type: uint16 }
            - { name: external, type: uint8 }
            - { when: external, fields: [{ name: probe, type: int16, missing: [0x7FFF] }] }
        """,
      values: """
        BatV battery 0.001
        Bat_status status
        TempC_SHT temperature 0.01
        Hum_SHT humidity 0.1
        Ext_sensor external 1=Temperature_Sensor
        TempC_DS probe 0.01
        """),
    VendorLayout(
      devices: ["dragino/lgt92"],
      layout: """
        ports:
          2:
            - { name: latitude, type: int32 }
            - { name: longitude, type: int32 }
            - { name: alarm, at: 8, word: 16, bit: 14 }
            - { name: battery, at: 8, word: 16, bit: 0, bits: 14 }
            - { name: mode, at: 10, bit: 6, bits: 2 }
            - { name: lamp, at: 10, bit: 5 }
            - { name: firmware, at: 10, bit: 0, bits: 5 }
            - { name: roll, type: int16, optional: true }
            - { name: pitch, type: int16, optional: true }
            - { name: hdop, type: uint8, optional: true }
            - { name: altitude, type: int16, optional: true }
        """,
      values: """
        latitude latitude 1e-6
        longitude longitude 1e-6
        ALARM_status alarm false=FALSE
        BatV battery 0.001
        MD mode 1=Disable
        LON lamp true=ON
        Roll roll 0.01
        Pitch pitch 0.01
        hdop hdop 0.01
        """,
      unread: [
        "FW": "150 and the five bits are 150 here, and the example has 160",
        "altitude": "the example's payload ends before it, and the script makes 0 of that",
      ]),
    VendorLayout(
      devices: ["dragino/lds01"],
      layout: """
        ports:
          10:
            - { name: open, at: 0, bit: 7 }
            - { name: battery, at: 0, word: 16, bit: 0, bits: 14 }
            - { name: mode, type: uint8 }
            - { name: times, type: uint24 }
            - { name: duration, type: uint24, optional: true }
            - { name: alarm, bit: 0, optional: true }
        """,
      values: """
        DOOR_OPEN_STATUS open
        BAT_V battery 0.001
        MOD mode
        DOOR_OPEN_TIMES times
        """,
      unread: [
        "LAST_DOOR_OPEN_DURATION": "the example's payload ends within it, and the script makes 65536 of the first byte",
        "ALARM": "the example's payload ends before it, and the script makes 0 of that",
      ]),
    VendorLayout(
      devices: [
        "elsys/elt-2", "elsys/ems-lite", "elsys/ers-co2", "elsys/ers-co2-lite", "elsys/ers", "elsys/ers-eye",
      ],
      layout: """
        fields:
          - stream: [type]
            types:
              0x01: [{ name: temperature, type: int16 }]
              0x02: [{ name: humidity, type: uint8 }]
              0x03: [{ name: x, type: int8 }, { name: y, type: int8 }, { name: z, type: int8 }]
              0x04: [{ name: light, type: uint16 }]
              0x05: [{ name: motion, type: uint8 }]
              0x06: [{ name: co2, type: uint16 }]
              0x07: [{ name: battery, type: uint16 }]
              0x11: [{ name: occupancy, type: uint8 }]
              0x12: [{ name: leak, type: uint8 }]
              0x14: [{ name: pressure, type: uint32 }]
        """,
      values: """
        temperature temperature 0.1
        humidity humidity
        x x
        y y
        z z
        light light
        motion motion
        co2 co2
        occupancy occupancy
        waterleak leak
        pressure pressure 0.001
        """),
    VendorLayout(
      devices: ["espeasy/espeasy"],
      layout: """
        endian: little
        fields:
          - { name: plugin, type: uint8 }
          - { name: index, type: uint16 }
          - { name: samples, type: uint8 }
          - { name: count, type: uint8 }
          - select: plugin
            cases:
              26:
                - { name: uptime, type: uint24 }
                - { name: heap, type: uint24 }
                - { name: rssi, type: int8 }
                - { name: vcc, type: uint8 }
                - { name: load, type: uint8 }
                - { repeat: 4, fields: [{ name: "ip_{n}", type: uint8 }] }
                - { name: web, type: uint24 }
                - { name: stack, type: uint16 }
              52: [{ name: ppm, type: uint32 }]
        """,
      values: """
        header/plugin_id plugin
        header/IDX index
        header/samplesetcount samples
        header/valuecount count
        uptime uptime
        freeheap heap
        rssi rssi
        vcc vcc 0.024 -1
        load load 0.390625 0 2
        ip1 ip_1
        ip2 ip_2
        ip3 ip_3
        ip4 ip_4
        web web
        freestack stack
        ppm ppm 0.0001
        """,
      unread: [
        "bytes": "the payload itself", "name": constantText, "port": constantText, "ip": textOfNumbers,
        "temp": "null for this sensor",
      ]),
    VendorLayout(
      devices: ["keller/keller"],
      layout: """
        fields:
          - { name: function, type: uint8 }
          - select: function
            cases:
              1:
                - { name: connection, type: uint8 }
                - { name: channels, type: uint16 }
                - { when: channels, bit: 0, fields: [{ name: p1_baro, type: float32 }] }
                - { when: channels, bit: 1, fields: [{ name: p1, type: float32 }] }
                - { when: channels, bit: 2, fields: [{ name: p2, type: float32 }] }
                - { when: channels, bit: 3, fields: [{ name: t, type: float32 }] }
                - { when: channels, bit: 4, fields: [{ name: tob1, type: float32 }] }
                - { when: channels, bit: 5, fields: [{ name: tob2, type: float32 }] }
                - { when: channels, bit: 6, fields: [{ name: baro, type: float32 }] }
                - { when: channels, bit: 7, fields: [{ name: tbaro, type: float32 }] }
              12:
                - { skip: 1 }
                - { name: class, radix: 100, parts: [{ type: uint8 }, { type: uint8 }] }
                - { name: software, radix: 100, parts: [{ type: uint8 }, { type: uint8 }] }
                - { name: serial, type: uint32 }
                - { name: time, type: uint32, epoch: 2000-01-01 }
                - { name: battery, type: float32 }
                - { name: capacity, type: uint8 }
                - { name: humidity, type: uint8 }
        """,
      values: """
        func function
        ct connection
        Pd_(P1-PBaro) p1_baro
        P1 p1
        TOB1 tob1
        PBaro baro
        TBaro tbaro
        class_group_text class 0.01
        sw_version_text software 0.01
        serial_number serial
        device_local_datetime time time
        battery_voltage battery
        battery_capacity_percentage capacity
        humidity_percentage humidity
        """,
      unread: [
        "port": constantText, "payload": "the payload itself", "channel": "the bits of a field as a text",
        "channelCount": "the number of bits that are set",
      ]),
    VendorLayout(
      devices: ["laird/rs1xx-temp-rh-sensor", "laird/rs1xx-ext-temp-1w-sensor"],
      layout: laird(
        reading: """
          [
            { name: humidity, radix: 100, parts: [{ at: HERE1, type: int8 }, { at: HERE0, type: int8 }] },
            { name: temperature, radix: 100, parts: [{ at: HERE3, type: int8 }, { at: HERE2, type: int8 }] }]
          """),
      values: lairdValues, unread: lairdUnread),
    VendorLayout(
      devices: ["laird/rs1xx-ext-temp-rtd-sensor"],
      layout: laird(
        reading: """
          [{ name: temperature, radix: 100, parts: [{ at: HERE2, type: int16 }, { at: HERE0, type: int16 }] }]
          """),
      values: lairdValues, unread: lairdUnread),
    VendorLayout(
      devices: ["mclimate/vicki"],
      layout: """
        ports:
          1:
            - { name: reason, type: uint8 }
            - { name: target, type: uint8 }
            - { name: temperature, type: uint8 }
            - { name: humidity, type: uint8 }
            - { name: position, parts: [{ at: 6, bit: 4, bits: 4 }, { at: 4, type: uint8 }] }
            - { name: range, parts: [{ at: 6, bit: 0, bits: 4 }, { at: 5, type: uint8 }] }
            - { name: battery, at: 7, bit: 4, bits: 4 }
            - { name: open_window, at: 7, bit: 3 }
            - { name: high_motor, at: 7, bit: 2 }
            - { name: low_motor, at: 7, bit: 1 }
            - { name: broken, at: 7, bit: 0 }
            - { name: child_lock, at: 8, bit: 7 }
        """,
      values: """
        reason reason
        targetTemperature target
        sensorTemperature temperature 0.64453125 -40
        relativeHumidity humidity 0.00390625
        motorRange range
        motorPosition position
        batteryVoltage battery 0.1 2
        openWindow open_window
        childLock child_lock
        highMotorConsumption high_motor
        lowMotorConsumption low_motor
        brokenSensor broken
        """),
    VendorLayout(
      devices: ["milesight-iot/am107"],
      layout: """
        endian: little
        fields:
          - stream: [type: 16]
            endian: big
            types:
              0x0175: [{ name: battery, type: uint8 }]
              0x0367: [{ name: temperature, type: int16 }]
              0x0468: [{ name: humidity, type: uint8 }]
              0x056A: [{ name: activity, type: uint16 }]
              0x0665:
                - { name: light, type: uint16 }
                - { name: visible, type: uint16 }
                - { name: infrared, type: uint16 }
              0x077D: [{ name: co2, type: uint16 }]
              0x087D: [{ name: tvoc, type: uint16 }]
              0x0973: [{ name: pressure, type: uint16 }]
        """,
      values: """
        battery battery
        temperature temperature 0.1
        humidity humidity 0.5
        activity activity
        illumination light
        infrared_and_visible visible
        infrared infrared
        co2 co2
        tvoc tvoc
        pressure pressure 0.1
        """),
    VendorLayout(
      devices: ["moirelabs/p1a"],
      layout: """
        endian: little
        fields:
          - { name: unit, type: uint8 }
          - { name: min, type: float32 }
          - { name: max, type: float32 }
          - { name: average, type: float32 }
          - { name: last, type: float32 }
        """,
      values: """
        unit unit 3=MPa,2=kPa
        min_value min 1 0 4
        max_value max 1 0 4
        average_value average 1 0 4
        last_value last 1 0 4
        """),
    VendorLayout(
      devices: ["netvox/r718e"],
      layout: """
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
                1:
                  - { name: volt, bit: 0, bits: 7 }
                  - { name: ax, type: float16, endian: little }
                  - { name: ay, type: float16, endian: little }
                  - { name: az, type: float16, endian: little }
                2:
                  - { name: vx, type: float16, endian: little }
                  - { name: vy, type: float16, endian: little }
                  - { name: vz, type: float16, endian: little }
                  - { name: temperature, type: int16 }
          7:
            - { name: command, type: uint8 }
            - { name: device, type: uint8 }
            - select: command
              cases:
                0x81: &status [{ name: status, type: uint8 }]
                0x82:
                  - { name: shortest, type: uint16 }
                  - { name: longest, type: uint16 }
                  - { name: battery_change, type: uint8 }
                  - { name: acceleration_change, type: uint16 }
                0x83: *status
                0x84: [{ name: active, type: uint16 }, { name: inactive, type: uint16 }]
                0x87: *status
                0x88: [{ name: restore, type: uint8 }]
        """,
      values: """
        Device device 28=R718E
        Cmd command 129=ConfigReportRsp,130=ReadConfigReportRsp,131=SetActiveThresholdRsp,132=GetActiveThresholdRsp,\
        135=SetRestoreReportRsp,136=GetRestoreReportRsp
        SWver software 0.1
        HWver hardware
        Datecode date
        Volt volt 0.1
        AccelerationX ax 1 0 6
        AccelerationY ay 1 0 6
        AccelerationZ az 1 0 6
        VelocityX vx 1 0 6
        VelocityY vy 1 0 6
        VelocityZ vz 1 0 6
        Temp temperature 0.1
        Status status 0=Success
        MinTime shortest
        MaxTime longest
        BatteryChange battery_change 0.1
        AccelerationChange acceleration_change
        ActiveThreshold active
        InActiveThreshold inactive
        RestoreReportSet restore
        """),
    VendorLayout(
      devices: ["netvox/ra0715"], layout: airQuality,
      values: """
        Device device 5=RA07Series
        Cmd command 129=ConfigReportRsp,130=ReadConfigReportRsp
        SWver software 0.1
        HWver hardware
        Datecode date
        Volt volt 0.1
        Status status 0=Success
        MinTime shortest
        MaxTime longest
        PM1_0 pm1
        PM2_5 pm2_5
        PM10 pm10
        um0_3 um0_3
        um0_5 um0_5
        um1_0 um1_0
        um2_5 um2_5
        um5_0 um5_0
        um10 um10
        O3 o3 0.1
        CO co 0.1
        false no 0.1
        NO2 no2 0.1
        SO2 so2 0.1
        H2S h2s 0.1
        CO2 co2 0.1
        NH3 nh3 0.1
        Noise noise 0.1
        PH ph 0.01
        TempPH ph_temperature 0.01
        ORP orp
        NTU ntu 0.1
        TempNTU ntu_temperature 0.01
        EC5SoildHumi ec5 0.01
        SoildHumi5TE soil_humidity 0.01
        SoildTemp5TE soil_temperature 0.01
        WaterLevel water_level
        EC5TE ec
        TempLDO ldo_temperature 0.01
        LDO_DO ldo 0.01
        LDO_Sat ldo_saturation 0.1
        Temperature temperature 0.01
        Humidity humidity 0.01
        WindSpeed wind_speed 0.01
        WindDirection wind_direction
        Atomsphere pressure 0.01
        VOC voc 0.1
        """),
    VendorLayout(
      devices: ["sensecap/sensecap", "sensecap/loramodule-e5"],
      layout: """
        endian: little
        fields:
          - { checksum: crc16-kermit }
          - stream: [channel, type: 16]
            leave: 2
            types:
              0x0000: &version [{ name: "version_{channel}", type: hex, bytes: 4 }]
              0x0007: [{ name: battery, type: uint16 }, { name: interval, type: uint16 }]
              0x0100: [{ skip: 4 }]
              0x0102: [{ name: "id_low_{channel}", type: hex, bytes: 4, endian: little }]
              0x0103: [{ name: "id_high_{channel}", type: hex, bytes: 4, endian: little }]
              0x0120: [{ name: "removed_{channel}", type: uint32 }]
              0x1001: [{ name: "temperature_{channel}", type: int32 }]
              0x1002: [{ name: "humidity_{channel}", type: int32 }]
            unknown: stop
        """,
      values: """
        messages/0/measurementValue temperature_1 0.001
        messages/1/measurementValue humidity_1 0.001
        messages/1/battery battery
        messages/2/interval interval 60
        """,
      unread: [
        "valid": constantText, "err": constantText, "payload": "the payload itself", "type": constantText,
        "measurementId": "the type of an item, which is in the field's name",
        "channel": "the channel of an item, which is in the field's name", "Version": textOfNumbers,
        "sensorId": "a text of the fields of two items",
      ]),
    VendorLayout(
      devices: ["tekzitel/tekzipark"],
      layout: """
        ports:
          1:
            - { name: occupied, at: 0, bit: 7 }
            - { name: reset, at: 0, bit: 6 }
            - { name: radar, at: 0, bit: 5 }
            - { name: no_beacon, at: 0, bit: 4 }
            - { name: good_battery, at: 0, bit: 3 }
            - { name: obstruction, at: 0, bit: 2 }
            - { name: keep_alive, at: 0, bit: 0 }
            - { name: temperature, type: int8 }
            - { name: id, type: uint8 }
            - { name: rssi, type: int8, optional: true }
            - { repeat: end, number-from: 0, fields: [{ name: "beacon_{n}", type: uint16 }] }
        """,
      values: """
        occupied occupied
        keepAlive keep_alive
        reset reset
        No_Beacon no_beacon
        Radar radar
        Obstruction obstruction
        Good_Battery good_battery
        Temperature temperature
        Parking_ID id
        Beacon_RSSI rssi
        Beacons/0 beacon_0
        Beacons/1 beacon_1
        """),
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
    VendorLayout(
      devices: ["example/windsensor"],
      layout: "ports: { 1: [{ name: direction, type: uint8 }, { name: speed, type: uint8 }] }",
      values: """
        direction direction 0=N,1=E
        speed speed
        """),
  ]
}
