/// Layouts of vendors by their names.
extension VendorLayout {
  static let diToEx = [
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
      devices: ["example/windsensor"],
      layout: "ports: { 1: [{ name: direction, type: uint8 }, { name: speed, type: uint8 }] }",
      values: """
        direction direction 0=N,1=E
        speed speed
        """),
    VendorLayout(
      devices: ["mclimate/ht-sensor"],
      layout: """
        ports:
          2:
            - { name: reason, type: uint8 }
            - { name: temperature, type: uint16 }
            - { name: humidity, type: uint8 }
            - { name: battery, type: uint8 }
        """,
      values: """
        reason reason 1=keepalive
        temperature temperature 0.1 -40
        humidity humidity 0.390625
        batteryVoltage battery 0.008 1.6 1
        """),
    VendorLayout(
      devices: ["arduino/loravisionshield"], layout: "fields: [{ name: led, type: bool }]",
      values: "ledState led false=off,true=on"),
  ]
}
