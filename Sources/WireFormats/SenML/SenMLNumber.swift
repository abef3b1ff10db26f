import Telemetry

/// Numbers of SenML: whole ones of 64 bits are exact, also as sums, all others doubles.
extension RawValue {
  /// What is wrong with it where a number is wanted.
  var qualityAsNumber: Quality {
    switch self {
    case .integer, .unsigned: .good
    case .double(let number): number.isFinite ? .good : .notFinite
    case .unheld: .overflow
    case .absent, .null: .missing
    case .boolean, .text, .list, .object: .type
    }
  }

  /// A value and its base; one that is absent is zero. What is no number stays what it is.
  func adding(_ base: RawValue) -> RawValue {
    if base.isAbsent { return self }
    if isAbsent { return base }
    if let whole, let other = base.whole {
      let sum = whole + other
      return Int64(exactly: sum).map { .integer($0) } ?? UInt64(exactly: sum).map { .unsigned($0) } ?? .unheld
    }
    guard let number, let other = base.number else { return self }
    return .double(number + other)
  }

  /// Seconds as whole microseconds, to the nearest; nil where it is no number, or 64 bits do not hold them.
  var microseconds: Int64? {
    switch self {
    case .absent: return 0
    case .integer(let seconds):
      let (product, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
      return isOver ? nil : product
    case .double(let seconds): return Int64(exactly: (seconds * 1e6).rounded())
    default: return nil
    }
  }

  private var whole: Int128? {
    switch self {
    case .integer(let number): Int128(number)
    case .unsigned(let number): Int128(number)
    default: nil
    }
  }

  private var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .unsigned(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }
}
