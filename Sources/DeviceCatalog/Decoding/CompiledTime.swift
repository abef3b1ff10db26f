import Telemetry
import WireFormats

/// Where a record's time stamp is read from, and how.
struct CompiledTime {
  private let slots: [Int]
  private let source: TimeSource
  var allowsReceipt: Bool { source.allowsReceipt }

  init(_ source: TimeSource, _ places: [RecordPlan.Place], _ plan: RecordPlan) {
    self.source = source
    slots = places.map(plan.slot)
  }

  /// The moment that the first place at which anything stands names; nil where it names none.
  @inline(__always)
  func timestamp(_ values: UnsafePointer<RawValue>, zone: Zone) -> Timestamp? {
    for slot in slots where !values[slot].isAbsent { return source.format.timestamp(values[slot], zone: zone) }
    return nil
  }

  /// Why there is none.
  func refusal(_ values: UnsafePointer<RawValue>) -> Refusal {
    let places = source.at.map(\.text).joined(separator: ", ")
    let found = slots.first { !values[$0].isAbsent }.flatMap { values[$0].description }
    return Refusal(
      .time,
      found.map { "no \(source.format.rawValue) time at \(places), but \($0)" } ?? "no time stamp at \(places)")
  }
}
