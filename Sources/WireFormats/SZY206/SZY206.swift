import Telemetry

/// Frames of water resource stations: SZY206-2016 and SL 427, self-reports of real-time data (AFN C0).
///
/// The payload is one frame, raw or as hexadecimal text (`FrameText`); raw frames begin with 68.
///
/// One record, of these fields
/// - `address` (10 hexadecimal digits, as sent), `afn` (2).
/// - By the kind of data: 1 `rain_mm`; 2 `level_m`; 3 `flow` and `volume_m3`; 4 `velocity_m_s`. A second sensor's are
///   `level_m_2` and so on. `flow` has three decimals and the unit that the station was set to, m³/h or m³/s. Data of
///   kind 3 whose length is a multiple of ten bytes is pairs of flow and volume, else it is flows.
/// - `alarms` and `state`: 16 bits each as whole numbers, low byte first.
/// - The time label. With six digits pairs (SL/T 427-2021) it is the record's time, UTC+8. With four (SZY206-2016) it has
///   no year and no month: the record's time is unknown, and `day`, `hour`, `minute`, `second` say what stands there.
///   `delay_min` is the delay that the station allows.
///
/// Values are packed decimals, low byte first. The upper half of the last byte is the sign of levels, flows and
/// velocities: 0 is plus, F or 8 minus, 1 to 7 a further digit; of volumes its upper bit is the sign and the rest a digit.
/// All bytes AA or FF: `missing`. No decimal digits: `type`. A time label that no calendar has leaves the time unknown.
///
/// Errors: `checksum` where the length or the CRC does not fit, `empty`; `malformed` for all else: other functions, kinds
/// of data whose lengths the sources do not agree on, frames of the centre, and messages cut into frames.
///
/// Source: SZY206-2016 (水资源监测数据传输规约); SL/T 427-2021, section 6.3.
public struct SZY206: WireFormat {
  private static let selfReport: UInt8 = 0xC0

  public init() {}

  public var hasTimes: Bool { true }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    do throws(Refusal) {
      let bytes = try FrameText.bytes(of: payload, starts: SZY206Frame.mark...SZY206Frame.mark, in: records)
      let frame = try SZY206Frame(bytes)
      let function = hexText(frame.function)
      guard frame.isUpward else { throw Refusal(.malformed, "the frame, of AFN \(function), was sent to a station") }
      guard !frame.isCut else {
        throw Refusal(.malformed, "the frame, of AFN \(function), is a part of a message")
      }
      guard frame.function == SZY206.selfReport else {
        throw Refusal(.malformed, "AFN C0 is read, the frame's is \(function)")
      }
      try SZY206Report(frame).read(into: records)
      return nil
    } catch {
      return error
    }
  }
}
