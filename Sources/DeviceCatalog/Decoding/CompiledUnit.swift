import WireFormats

/// Where a message says the unit of a metric's values.
struct CompiledUnit {
  private let slots: [Int]

  /// Nil for a metric whose unit no message says.
  init?(slots: [Int]) {
    if slots.isEmpty { return nil }
    self.slots = slots
  }

  /// What stands for the unit where something else than a text does; no unit is called so.
  private static let unreadable: StaticString = "not a text"

  /// The unit at the first place at which anything stands; empty where there is none, and the metric's counts.
  @inline(__always)
  func word(in values: UnsafePointer<RawValue>) -> UnsafeRawBufferPointer {
    for slot in slots {
      switch values[slot] {
      case .absent, .null: continue
      case .text(let word): if !word.isEmpty { return word }
      default:
        return UnsafeRawBufferPointer(
          start: Self.unreadable.utf8Start, count: Self.unreadable.utf8CodeUnitCount)
      }
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }
}
