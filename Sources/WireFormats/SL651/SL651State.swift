/// The state and alarms of a station: element 45H, four bytes.
///
/// Source: SL 651-2014, table 58.
enum SL651State {
  /// By bit, from the least: each is true where the bit is set.
  private static let names: [StaticString] = [
    "zt_mains_failed", "zt_battery_low", "zt_level_alarm", "zt_flow_alarm", "zt_quality_alarm", "zt_flow_meter_fault",
    "zt_level_meter_fault", "zt_door_closed", "zt_memory_fault", "zt_card_valid", "zt_pump_stopped",
    "zt_allowance_exceeded",
  ]

  /// Adds `zt`, all bits as a whole number, and one boolean for each bit that has a meaning.
  static func add(_ bits: Int64, to records: FieldRecords) {
    records.add("zt", .integer(bits))
    for (bit, name) in names.enumerated() { records.add(name, .boolean(bits >> Int64(bit) & 1 == 1)) }
  }
}
