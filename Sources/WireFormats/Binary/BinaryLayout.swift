import Telemetry

/// A layout for binary payloads, given as data: fields at their places, repeats, type-value streams, selections.
///
/// - Fields of fixed names, repeats with a name per round or a record per round, streams such as Cayenne LPP, layouts
///   by a field's value, by the payload's length and by LoRaWAN port: see `LayoutDefinition`.
/// - Values are raw: scale, offset and unit are the profile's.
/// - A value that is one of a field's `missing` patterns is `.missing`; digits that are none, an impossible date and bad
///   UTF-8 are `.type`; an infinite or undefined float is `.notFinite`; what no 64-bit integer holds is `.overflow`.
/// - A payload is refused as `.malformed` where it ends before a field that is not optional, where a constant differs,
///   where a selection has no case, where no layout is for its port, and where a limit is passed; as `.checksum` where a
///   checksum differs; as `.time` where rounds are to count from a time that is none.
/// - Bytes behind the last field are passed over: newer firmware may send more.
///
/// Names of fields are memory of the layout: it lives at least as long as what it read into `FieldRecords` is used.
public struct BinaryLayout: WireFormat {
  /// Of blocks of fields in each other.
  public static let deepestNesting = 8
  /// In a whole layout.
  public static let mostSteps = 4096
  /// Of one repeat.
  public static let mostRounds = 4096
  public static let mostNameBytes = 128
  /// Steps taken for one payload, beside its bytes: keeps repeats in repeats from multiplying.
  public static let mostWork = 65_536
  /// Widths, places and lengths that a layout names.
  public static let mostBytes = 65_535

  private let program: LayoutProgram

  /// - Throws: `LayoutFault` where the definition cannot be right.
  public init(_ definition: LayoutDefinition) throws(LayoutFault) {
    program = try LayoutCompiler.compile(definition)
  }

  /// Reads a payload that came without a port.
  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    read(payload, port: nil, into: records)
  }

  /// Reads a payload of a LoRaWAN port: by that port's layout, else by the one for all ports.
  public func read(_ payload: UnsafeRawBufferPointer, port: UInt8?, into records: FieldRecords) -> Refusal? {
    guard let block = port.flatMap({ program.ports[$0] }) ?? program.standard else {
      guard let port else { return Refusal(.malformed, "the layout needs a LoRaWAN port, and the payload has none") }
      return Refusal(.malformed, "the layout has no fields for port \(port)")
    }
    return withUnsafeTemporaryAllocation(of: LayoutSlot.self, capacity: max(1, program.slotCount)) { slots in
      slots.initialize(repeating: LayoutSlot())
      var run = LayoutRun(program, payload: payload, port: port, slots: slots, records: records)
      do throws(Refusal) {
        try run.run(block: block)
        return nil
      } catch {
        return error
      }
    }
  }
}
