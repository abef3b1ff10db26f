/// Whether a reading's value may be counted, and if not, why.
public enum Quality: UInt8, CaseIterable, Sendable {
  case good
  /// Outside the profile's `range`.
  case range
  /// One of the profile's `missing` sentinels, or JSON null.
  case missing
  /// Not of the type that the metric wants: a text for a number, an object.
  case type
  /// A number that is not finite after scaling, or beyond 1e300, so that sums stay finite.
  case notFinite
  /// A state that the profile does not name.
  case state
  /// A number that JSON allows and no 64-bit integer or double holds, such as 1e999.
  case overflow
  /// The device itself says that the value is none to go by.
  case device
  /// The device, or what it hangs on, has gone: the value was right once.
  case stale

  /// The word in the ledger, in listings and in the store.
  public var reason: String {
    switch self {
    case .good: "good"
    case .range: "range"
    case .missing: "missing"
    case .type: "type"
    case .notFinite: "not-finite"
    case .state: "state"
    case .overflow: "overflow"
    case .device: "device"
    case .stale: "stale"
    }
  }
}
