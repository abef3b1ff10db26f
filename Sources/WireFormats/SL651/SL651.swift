import Telemetry

/// Frames of hydrological stations: SL 651-2014, in the hexadecimal (BCD) encoding.
///
/// The payload is one frame, raw or as hexadecimal text (`FrameText`); raw frames begin with 7E. One further byte 7E
/// behind the frame is passed over.
///
/// Records
/// - The first has the header's fields. `station` (10 digits), `centre` (2) and `function` (2) are texts of hexadecimal
///   digits; `serial` is a whole number; `sent_s` is the sending time in seconds since 1970; `station_type` (2 digits,
///   48 is a river) stands where the body says it. The password never appears. The record's time is the observation
///   time of the first group, or the sending time where there is none; the elements of that group follow in it.
/// - Each further observation time (F0F0) begins a group with a record of its own.
/// - Elements are fields named by the standard's letter code in lower case: `z`, `pj`, `q` and the others of
///   `SL651Element`, with their units. An element outside the standard is `id_` and its identifier, such as `id_c1`, or
///   `id_ff14` for the user's own; the prefix keeps identifiers apart from codes such as `cd`.
/// - Values have the decimals of the definition byte; those without decimals are whole numbers. A first byte FF is a
///   minus. All bytes FF: `missing`. No decimal digits: `type`. Beyond 64 bits: `overflow`.
/// - `dt`, the length of a period, is turned from hours and minutes into minutes. `zt` is the station's state as a whole
///   number, followed by a boolean for each of its bits (`SL651State`).
///
/// Series: a record of one field for each value
/// - F4 (`drp`, mm) and F5 to FC (`drz1` to `drz8`, m) are the twelve values of an hour, five minutes apart. The
///   observation time is that of the first: an hourly report of 12:00 says 11:05, and the last of the twelve is of 12:00.
///   The definition byte may say another number of values; one that has decimals or cuts a value counts for nothing.
/// - Behind a step code (04), in reports of periods (functions 31 and 38), an element has several values, one step
///   apart, the first at the observation time: as many as the rest of the body holds, where they fill it and none is
///   later than the sending time; else as many as lie before it; one where the body does not hold so many. In other
///   reports that is so only of elements outside the standard that say their identifier twice: they have an hour of
///   values (`SL651Layout.ofRepeated`).
///
/// Times are UTC+8. One that no calendar has is unknown: single values then count as of unknown time, those of a series
/// have the quality `type`; `sent_s` has the quality `type`.
///
/// Elements are read in functions 30 to 34, 37, 38, 3A, 44 and 46. Other functions carry settings (with the password
/// among them), texts, pictures or events; they and frames of the centre give the header's fields only. Reading ends
/// without refusal at manual texts (F2), pictures (F3) and batches (FD), whose lengths are not told. An element longer
/// than the rest of the body has the quality `type`, and nothing behind it is read.
///
/// Of a body in several packets the first is read as far as its elements are whole; the others are refused as malformed,
/// since what they begin with depends on the packet before.
///
/// Errors: `checksum` where the length or the CRC does not fit, `empty`, and `malformed` for all else.
///
/// Source: SL 651-2014 (水文监测数据通信规约), section 6.6.4 and tables 10 to 12; for the times of a series, hourly reports
/// whose single values at the full hour equal the last of their series.
public struct SL651: WireFormat {
  public init() {}

  public var hasTimes: Bool { true }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    do throws(Refusal) {
      let bytes = try FrameText.bytes(of: payload, starts: SL651Frame.mark...SL651Frame.mark, in: records)
      let frame = try SL651Frame(bytes)
      guard frame.packet == 1 else {
        throw Refusal(
          .malformed, "packet \(frame.packet) of \(frame.packets) cannot be read without the packets before it")
      }
      var body = SL651Body(frame, records)
      try body.read()
      return nil
    } catch {
      return error
    }
  }
}
