/// What a condition says. Nothing is known of what a bad reading would have said.
public enum Truth: UInt8, Sendable {
  case no
  case yes
  case unknown
}

/// Of how many things each truth holds, and what follows for all or some of them, in Kleene's logic.
struct TruthCounts: Equatable, Sendable {
  var no: Int32 = 0
  var yes: Int32 = 0
  var unknown: Int32 = 0

  mutating func add(_ truth: Truth, _ count: Int32 = 1) {
    switch truth {
    case .no: no += count
    case .yes: yes += count
    case .unknown: unknown += count
    }
  }

  /// Whether it holds for some. Of nothing at all nobody can say.
  var some: Truth {
    if yes > 0 { return .yes }
    return no > 0 && unknown == 0 ? .no : .unknown
  }

  /// Whether it holds for all.
  var all: Truth {
    if no > 0 { return .no }
    return yes > 0 && unknown == 0 ? .yes : .unknown
  }
}
