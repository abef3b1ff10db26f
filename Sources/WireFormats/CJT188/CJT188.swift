import Telemetry

/// Frames of water, heat and gas meters: CJ/T 188-2004 and 2018, replies with the current readings (901F).
///
/// The payload is one frame, raw or as hexadecimal text (`FrameText`); raw frames begin with FE or 68.
///
/// One record, of these fields
/// - `address` (10 digits) and `manufacturer` (4), and `meter`, both in one (14 digits, the maker first); `meter_type`
///   (2 digits: 10 to 19 water, 20 to 29 heat, 30 to 39 gas) and `control` (2): texts of hexadecimal digits.
/// - `data_id`, a text: 901F whichever byte came first; other identifiers are taken low byte first. `serial`, a number.
/// - Of water and gas meters: `volume_m3` and `settlement_volume_m3`, that of the day of settlement.
/// - Of heat meters: `settlement_energy_kwh`, `energy_kwh`, `power_kw`, `flow_m3_h`, `volume_m3`,
///   `supply_temperature_c`, `return_temperature_c`, `work_h`.
/// - `total`, two decimals, where a short reply has one reading without a unit byte; its unit is the meter's.
/// - `clock_s`, the meter's clock in seconds since 1970, which is also the record's time, UTC+8. Nearly all meters send
///   the seconds first and the century last, some the other way round: the side where 20 stands as century says which.
///   All zeros or FF: `missing`; no time that exists: `type`; the record's time is unknown then.
/// - `valve` (open, closed, fault), `battery_low`, and `status`, both status bytes as a number, low byte first.
/// - `is_error` in every reply; a reply with an error has no values.
///
/// Values are packed decimals, low byte first, turned into the field's unit by the unit byte (`CJT188Unit`). All bytes
/// FF: `missing`. No decimal digits, or a unit that the field cannot have: `type`.
///
/// Requests, and replies to other commands, give the fields up to `serial`.
///
/// Errors: `checksum` where the length or the sum does not fit, `empty`; `malformed` for all else, such as replies of
/// other data identifiers or of lengths that a meter type does not have.
///
/// Source: CJ/T 188-2004 (户用计量仪表数据传输技术条件), CJ/T 188-2018.
public struct CJT188: WireFormat {
  public init() {}

  public var hasTimes: Bool { true }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    do throws(Refusal) {
      let bytes = try FrameText.bytes(
        of: payload, starts: CJT188Frame.preamble...CJT188Frame.preamble, CJT188Frame.mark...CJT188Frame.mark,
        in: records)
      let frame = try CJT188Frame(bytes)
      try CJT188Reading(frame, records).read()
      return nil
    } catch {
      return error
    }
  }
}
