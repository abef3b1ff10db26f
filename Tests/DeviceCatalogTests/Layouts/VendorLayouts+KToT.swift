/// Layouts of vendors by their names.
extension VendorLayout {
  static let kToT = [
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
  ]
}
