/// A vendor's family in which a word of flags says which groups of words follow.
extension VendorLayout {
  /// - Parameters:
  ///   - groups: a flag's fields each, from the lowest bit on, named as in the vendor's output.
  ///   - scales: of a field, where it has any.
  private static func decentlab(
    _ device: String, _ groups: [[String]], _ scales: [String: String],
    unread: [String: String] = [:]
  ) -> VendorLayout {
    let groups = groups.enumerated().map { bit, names in
      let fields = names.map { "{ name: \($0), type: uint16 }" }.joined(separator: ", ")
      return "  - { when: flags, bit: \(bit), fields: [\(fields)] }"
    }
    let head = """
      fields:
        - { name: protocol_version, type: uint8 }
        - { name: device_id, type: uint16 }
        - { name: flags, type: uint16 }

      """
    let values = scales.map { "\($0.key)/value \($0.key) \($0.value)" }
    return VendorLayout(
      devices: ["decentlab/\(device)"], layout: head + groups.joined(separator: "\n"),
      values: (["protocol_version protocol_version", "device_id device_id"] + values).joined(separator: "\n"),
      unread: ["displayName": "a name of the field", "unit": "the profile's to say"].merging(unread) { $1 })
  }

  private static let signed = "1 -32768"
  private static let tenths = "0.1 -3276.8"
  private static let hundredths = "0.01 -327.68"
  private static let battery = "0.001"

  static let decentlab = [
    decentlab(
      "dl-ds18", [["temperature"], ["battery_voltage"]], ["temperature": "0.0625 -2048", "battery_voltage": battery]),
    decentlab(
      "dl-itst", [["temperature_target", "temperature_head"], ["battery_voltage"]],
      ["temperature_target": "0.1 -100", "temperature_head": "0.1 -100", "battery_voltage": battery]),
    decentlab(
      "dl-ctd10",
      [["water_depth", "temperature", "electrical_conductivity", "freezing_flag"], ["battery_voltage"]],
      [
        "water_depth": signed, "temperature": tenths, "electrical_conductivity": "1", "freezing_flag": "1",
        "battery_voltage": battery,
      ]),
    decentlab(
      "dl-sht35", [["air_temperature", "air_humidity"], ["battery_voltage"]],
      [
        "air_temperature": "0.0026703288319 -45", "air_humidity": "0.0015259021896", "battery_voltage": battery,
      ]),
    decentlab(
      "dl-trs21", [["water_potential", "soil_temperature"], ["battery_voltage"]],
      ["water_potential": "-0.1", "soil_temperature": tenths, "battery_voltage": battery]),
    decentlab(
      "dl-wrm",
      [["air_temperature", "air_humidity"], ["surface_temperature", "head_temperature"], ["battery_voltage"]],
      [
        "air_temperature": "0.0026703288319 -45", "air_humidity": "0.0015259021896",
        "surface_temperature": "0.1 -100", "head_temperature": "0.1 -100", "battery_voltage": battery,
      ]),
    decentlab(
      "dl-pr36-8192", [["pressure", "temperature"], ["battery_voltage"]],
      ["pressure": "0.0001220703125 -4", "temperature": "0.00390625 -128", "battery_voltage": battery]),
    decentlab(
      "dl-pr36ctd-8192",
      [["pressure", "temperature_electronics", "temperature_pt1000", "electrical_conductivity"], ["battery_voltage"]],
      [
        "pressure": "0.0001220703125 -4", "temperature_electronics": "0.00390625 -128",
        "temperature_pt1000": "0.00390625 -128", "electrical_conductivity": "0.0009765625 -32",
        "battery_voltage": battery,
      ]),
    decentlab(
      "dl-par", [["photosynthetically_active_radiation"], ["battery_voltage"]],
      ["photosynthetically_active_radiation": "0.457763671875 -15000", "battery_voltage": battery]),
    decentlab(
      "dl-dlr2-004-10", [["current"], ["battery_voltage"]],
      ["current": "0.00457763671875 -150", "battery_voltage": battery]),
    decentlab(
      "dl-optod",
      [
        [
          "status", "temperature", "oxygen_saturation", "oxygen_concentration", "oxygen_concentration_alt",
        ], ["battery_voltage"],
      ],
      [
        "status": "1", "temperature": hundredths, "oxygen_saturation": hundredths, "oxygen_concentration": hundredths,
        "oxygen_concentration_alt": hundredths, "battery_voltage": battery,
      ]),
    decentlab(
      "dl-pm",
      [
        ["battery_voltage"],
        [
          "pm1_0_mass_concentration", "pm2_5_mass_concentration", "pm4_mass_concentration", "pm10_mass_concentration",
          "typical_particle_size", "pm0_5_number_concentration", "pm1_0_number_concentration",
          "pm2_5_number_concentration", "pm4_number_concentration", "pm10_number_concentration",
        ], ["air_temperature", "air_humidity"], ["barometric_pressure"],
      ],
      [
        "battery_voltage": battery, "pm1_0_mass_concentration": "0.1", "pm2_5_mass_concentration": "0.1",
        "pm4_mass_concentration": "0.1", "pm10_mass_concentration": "0.1", "typical_particle_size": "1",
        "pm0_5_number_concentration": "0.1", "pm1_0_number_concentration": "0.1",
        "pm2_5_number_concentration": "0.1", "pm4_number_concentration": "0.1", "pm10_number_concentration": "0.1",
        "air_temperature": "0.002681274414 -46.85", "air_humidity": "0.0019073486328125 -6",
        "barometric_pressure": "2",
      ]),
    decentlab(
      "dl-atm41",
      [
        [
          "solar_radiation", "precipitation", "lightning_strike_count", "lightning_average_distance", "wind_speed",
          "wind_direction", "maximum_wind_speed", "air_temperature", "vapor_pressure", "atmospheric_pressure",
          "relative_humidity", "sensor_temperature_internal", "x_orientation_angle", "y_orientation_angle",
          "compass_heading", "north_wind_speed", "east_wind_speed",
        ], ["battery_voltage"],
      ],
      [
        "solar_radiation": signed, "precipitation": "0.001 -32.768", "lightning_strike_count": signed,
        "lightning_average_distance": signed, "wind_speed": hundredths, "wind_direction": tenths,
        "maximum_wind_speed": hundredths, "air_temperature": tenths, "vapor_pressure": hundredths,
        "atmospheric_pressure": hundredths, "relative_humidity": tenths, "sensor_temperature_internal": tenths,
        "x_orientation_angle": tenths, "y_orientation_angle": tenths, "compass_heading": signed,
        "north_wind_speed": hundredths, "east_wind_speed": hundredths, "battery_voltage": battery,
      ]),
    decentlab(
      "dl-pr26-0-1", [["pressure", "temperature"], ["battery_voltage"]],
      ["pressure": "0.000030517578125 -0.5", "temperature": "0.003125 -51.2", "battery_voltage": battery]),
    decentlab(
      "dl-5tm", [["dielectric_permittivity", "soil_temperature"], ["battery_voltage"]],
      ["dielectric_permittivity": "0.02", "soil_temperature": "0.1 -40", "battery_voltage": battery],
      unread: ["volumetric_water_content": "a polynomial of the permittivity"]),
    decentlab(
      "dl-trs11", [["volumetric_water_content", "soil_temperature"], ["battery_voltage"]],
      ["volumetric_water_content": "0.00003879 -0.6956", "soil_temperature": tenths, "battery_voltage": battery],
      unread: ["dielectric_permittivity": "a polynomial of the water content's raw value"]),
    VendorLayout(
      devices: ["decentlab/dl-dlr2-005"],
      layout: """
        fields:
          - { name: flags, at: 3, type: uint16 }
          - { when: flags, bit: 0, fields: [{ name: voltage, type: uint32, endian: word-swapped }] }
          - { when: flags, bit: 1, fields: [{ name: battery, type: uint16 }] }
          - { name: version, at: 0, type: uint8 }
          - { name: id, type: uint16 }
        """,
      values: """
        protocol_version version
        device_id id
        voltage/value voltage 0.000000357627868652 -3
        battery_voltage/value battery 0.001
        """, unread: ["displayName": "a name of the field", "unit": "the profile's to say"]),
    VendorLayout(
      devices: ["decentlab/dl-dlr2-002"],
      layout: """
        fields:
          - { name: version, type: uint8 }
          - { name: id, type: uint16 }
          - { name: flags, type: uint16 }
          - when: flags
            fields:
              - { name: count, type: uint16 }
              - { name: interval, type: uint16 }
              - { name: total, type: uint32, endian: word-swapped }
            bit: 0
          - { when: flags, bit: 1, fields: [{ name: battery, type: uint16 }] }
        """,
      values: """
        protocol_version version
        device_id id
        pulse_count/value count
        pulse_interval/value interval
        cumulative_pulse_count/value total
        battery_voltage/value battery 0.001
        """, unread: ["displayName": "a name of the field", "unit": "the profile's to say"]),
  ]
}
