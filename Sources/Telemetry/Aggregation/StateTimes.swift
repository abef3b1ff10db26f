/// How long a series was in each of its states.
///
/// A state lasts until the next reading, at most as long as a value lasts; what is beyond is unknown and counts nowhere.
public struct StateTimes: Equatable, Sendable {
  /// The time in one state.
  public struct Entry: Equatable, Sendable {
    /// The store's number of the state's name.
    public var state: Double
    /// How long, more than 0.
    public var microseconds: Int64

    public init(state: Double, microseconds: Int64) {
      self.state = state
      self.microseconds = microseconds
    }
  }

  /// By state; each state once, with more than 0 microseconds.
  public private(set) var entries: [Entry] = []

  /// Takes times in any order; several of one state add up.
  public init(_ entries: [Entry] = []) {
    for entry in entries { add(entry.microseconds, in: entry.state) }
  }

  /// Adds time in a state; 0 changes nothing.
  public mutating func add(_ microseconds: Int64, in state: Double) {
    guard microseconds > 0 else { return }
    // There are few of them.
    for index in entries.indices {
      if entries[index].state == state {
        entries[index].microseconds += microseconds
        return
      }
      if entries[index].state > state {
        entries.insert(Entry(state: state, microseconds: microseconds), at: index)
        return
      }
    }
    entries.append(Entry(state: state, microseconds: microseconds))
  }

  /// Adds the times of another window, or of another device.
  public mutating func add(_ other: StateTimes) {
    for entry in other.entries { add(entry.microseconds, in: entry.state) }
  }
}
