import Telemetry

/// HJ 212 packets: what a pollution source's or a station's data logger says, as text, with factors and their flags.
///
/// Shape: `##`, 4 digits of length, the segment of that many bytes, 4 hex digits of its sum, CR LF. The segment is
/// `QN=…;ST=32;CN=2011;PW=…;MN=…;Flag=5;CP=&&DataTime=20160801085857;a34004-Rtd=207,a34004-Flag=N&&`. Some loggers write
/// packets of more than the standard's 1024 bytes; all that 4 digits can say is read.
///
/// Packets: a payload may hold several, one behind the other, with or without line ends between and behind them. If one
/// of them is broken, the whole payload is refused, the good ones with it: behind a length that does not fit nothing is
/// sure, and a dead letter keeps all of it for later, while packets left out of a good message would be missed by nobody.
/// Packets of a divided message (`PNUM`, `PNO`) stand each for themselves: those that are known are divided between
/// factors and repeat the header and the `DataTime`. A later part without a `DataTime` has no time. The sum is a weak one,
/// see `HJ212Checksum`.
///
/// Records: each packet makes one, of its `DataTime`; its first fields are those of the header. A new record, with the
/// header's fields again, begins
/// - with each further `DataTime`,
/// - with each further `PolId`, whose groups name the same parameters for different factors,
/// - where a factor's `SampleTime` is another than the time of the record so far.
///
/// Header fields: `QN`, `ST`, `CN` and `MN` are texts, since zeros in front count; `Flag`, `PNUM` and `PNO` are integers;
/// others are texts. An empty one is null of quality `missing`. The password is left out: `PW`, and what else ends in
/// `PW`, becomes no field, and no refusal quotes what may be one.
///
/// Factors: `a34004-Rtd` and the like are fields of that name, numbers where they are numbers, else texts; an empty
/// value is null of quality `missing`. `SampleTime` becomes a time and no field. Names are the same however a device
/// writes them: of codes, those of a letter and three digits or more (`a34004`) have small letters, all others (`B01`,
/// `PM10`) capitals, here and in a `PolId`; suffixes and header names are as in the standard. Codes of the 2005 edition
/// are not translated. A factor that occurs twice is twice in the record, in the payload's order. Texts between `//` are
/// whole, commas and all.
///
/// Flags: one tells of all values of its factor in a row, before and behind it. Good are N, no flag at all, and in
/// air stations of the 2005 edition 3 (normal) and 1 (weather). All others are `device`: F stopped, M maintenance, S set
/// by hand, D fault, C calibration, B or P no connection or power, 0 calibration, 2 abnormal, and letters that a maker
/// adds. T is among them: it says that the sample is beyond what the instrument can measure, not that it is beyond what
/// is allowed; the number that goes with it is the end of the scale.
///
/// Times: 14 digits, or 17 with milliseconds, of UTC+8. A `DataTime` that is no time refuses the payload with `time`. A
/// `SampleTime` that is none makes its factor's values `device` and stays a field, of quality `type`.
///
/// Missing separators: where a second `=` shows that one is missing, the value ends behind a flag's one character or a
/// number; else the value is null of quality `type`, and what is behind it is lost. An item without `=` says nothing.
///
/// Source: HJ 212-2017 §6 (frame, header, data area, flags), annex A (sum), annex B (codes); HJ/T 212-2005 §6 and annex B.
public struct HJ212: WireFormat {
  public init() {}

  public var hasTimes: Bool { true }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    if payload.isEmpty { return Refusal(.empty, "a packet is expected, and the payload has no bytes") }
    return withUnsafeTemporaryAllocation(of: HJ212Item.self, capacity: HJ212Values.mostInRun) { run -> Refusal? in
      do throws(Refusal) {
        var frames = HJ212Frames(payload)
        repeat {
          let segment = try frames.next()
          try HJ212Packet(payload, segment: segment, records: records).read(run: run)
        } while !frames.isAtEnd
        return nil
      } catch {
        return error
      }
    }
  }
}
