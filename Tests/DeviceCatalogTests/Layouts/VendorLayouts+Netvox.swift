/// One layout for many devices of a vendor, told apart by the byte that names the device.
extension VendorLayout {
  static let netvox = [
    VendorLayout(
      devices: [
        "netvox/r311a", "netvox/r311b", "netvox/r311da", "netvox/r311db", "netvox/r311fa", "netvox/r311w",
        "netvox/r312", "netvox/r711", "netvox/r718a", "netvox/r718ab", "netvox/r718f", "netvox/r718j",
        "netvox/r718mba", "netvox/r718n3", "netvox/r718qa", "netvox/r720a", "netvox/r730da", "netvox/r730mba",
      ],
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
              otherwise:
                - { name: volt, bit: 0, bits: 7 }
                - select: device
                  cases:
                    0x01: &climate [{ name: temperature, type: int16 }, { name: humidity, type: uint16 }]
                    0x0B: *climate
                    0x13: *climate
                    0x6E: *climate
                    0x06: [{ name: leak_1, type: uint8 }, { name: leak_2, type: uint8 }]
                    0x4A:
                      - when: report
                        fields:
                          - { repeat: 3, fields: [{ name: "current_{n}", type: uint16 }] }
                          - { name: multiplier_1, type: uint8 }
                      - when: report
                        is: 2
                        fields: [{ name: multiplier_2, type: uint8 }, { name: multiplier_3, type: uint8 }]
                    0x4B: [{ name: light, type: uint16 }]
                  otherwise: [{ name: state, type: uint8 }]
          7:
            - { name: command, type: uint8 }
            - { name: device, type: uint8 }
            - { when: command, is: 0x81, fields: [{ name: status, type: uint8 }] }
            - when: command
              is: 0x82
              fields:
                - { name: shortest, type: uint16 }
                - { name: longest, type: uint16 }
                - select: device
                  cases: { 0x4A: [{ name: change, type: uint16 }] }
                  otherwise:
                    - { name: battery_change, type: uint8 }
                    - { name: change, type: uint16 }
                    - { name: humidity_change, type: uint16 }
          13:
            - { name: command, type: uint8 }
            - { name: press, type: uint8 }
        """,
      values: """
        Device device 1=R711(R712),2=R311A,6=R311W,11=R718A,19=R718AB,29=R718F,33=R718J,39=R718MBA,74=R718N3,75=R311B,\
        79=R311FA,85=R312,110=R720A,130=R730MBA,137=R730DA,151=R718QA,168=R311DA,169=R311DB
        SWver software 0.1
        HWver hardware
        Datecode date
        Volt volt 0.1
        OnOff state
        status state
        Doorbell state
        WaterLeak_1 leak_1 0=NoLeak,1=Leak
        WaterLeak_2 leak_2 0=NoLeak,1=Leak
        Temp temperature 0.01
        Humi humidity 0.01
        Illuminance light
        Current1 current_1
        Current2 current_2
        Current3 current_3
        Multiplier1 multiplier_1
        Multiplier2 multiplier_2
        Multiplier3 multiplier_3
        MinTime shortest
        MaxTime longest
        BatteryChange battery_change 0.1
        TempChange change 0.01
        HumiChange humidity_change 0.01
        IlluminanceThreshold change
        CurrentChange change
        PressTime press
        """,
      unread: [
        "Cmd": "a word for the command and its port", "Status": "0 in every example, as the word Success",
      ]),
    VendorLayout(
      devices: ["netvox/r718ct"],
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
                1: [{ name: volt, bit: 0, bits: 7 }, { name: temperature, type: int16 }]
          7:
            - { name: command, type: uint8 }
            - { name: device, type: uint8 }
            - { when: command, is: 0x81, fields: [{ name: status, type: uint8 }] }
            - when: command
              is: 0x82
              fields:
                - { name: shortest, type: uint16 }
                - { name: longest, type: uint16 }
                - { name: battery_change, type: uint8 }
                - { name: change, type: uint16 }
          14:
            - { name: command, type: uint8 }
            - select: command
              cases:
                0x81: [{ name: sensor, type: uint8 }, { name: channel, type: uint8 }, { name: status, type: uint8 }]
                0x82:
                  - { name: sensor, type: uint8 }
                  - { name: channel, type: uint8 }
                  - { name: multiplier, type: uint16 }
                  - { name: divisor, type: uint16 }
                  - { name: delta, type: int16 }
                0x83: [{ name: status, type: uint8 }]
        """,
      values: """
        Device device 146=R718CT
        SWver software 0.1
        HWver hardware
        Datecode date
        Volt volt 0.1
        Temp temperature 0.1
        Status status 0=Success
        MinTime shortest
        MaxTime longest
        BatteryChange battery_change 0.1
        TempChange change 0.1
        Channel channel 1 1
        SensorType sensor 1=Temperature
        Multiplier multiplier
        Divisor divisor
        DeltValue delta
        """,
      unread: ["Cmd": "a word for the command and its port"]),
  ]
}
