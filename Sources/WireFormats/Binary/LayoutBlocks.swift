/// Which block applies, by a number.
public struct LayoutSelect: Sendable {
  public enum Source: Sendable, Equatable {
    /// The last value of an earlier field.
    case field(String)
    /// The payload's bytes.
    case length
    /// The LoRaWAN port; no case fits where there is none.
    case port
  }

  public enum Otherwise: Sendable {
    case refuse
    case block([LayoutStep])
  }

  public var source: Source
  /// The number is shifted down so far …
  public var shift: Int
  /// … and then only these bits of it count.
  public var mask: UInt64
  public var cases: [(value: Int64, block: [LayoutStep])]
  /// Where no case fits, or the field was not read.
  public var otherwise: Otherwise

  public init(
    _ source: Source, shift: Int = 0, mask: UInt64 = .max, cases: [(value: Int64, block: [LayoutStep])],
    otherwise: Otherwise = .refuse
  ) {
    self.source = source
    self.shift = shift
    self.mask = mask
    self.cases = cases
    self.otherwise = otherwise
  }
}

/// A block taken several times, one round behind the other.
public struct LayoutRepeat: Sendable {
  public enum Count: Sendable, Equatable {
    case fixed(Int)
    /// As many as an earlier field says.
    case field(String)
    /// Until nothing is left of the region.
    case untilEnd
  }

  /// What keeps the rounds apart.
  public enum Rounds: Sendable, Equatable {
    /// Names with `{n}`, in the record around; the first round has this number.
    case numbered(from: Int)
    case records(LayoutHistory)
  }

  public var count: Count
  public var rounds: Rounds
  /// The bytes of a round; nil where it ends behind the last of its fields.
  public var roundBytes: Int?
  /// Bytes at the region's end that are not of the rounds.
  public var leave: Int
  public var block: [LayoutStep]

  public init(_ count: Count, _ rounds: Rounds, roundBytes: Int? = nil, leave: Int = 0, block: [LayoutStep]) {
    self.count = count
    self.rounds = rounds
    self.roundBytes = roundBytes
    self.leave = leave
    self.block = block
  }
}

/// When the rounds of a repeat were measured, each of which is a record of its own.
public struct LayoutHistory: Sendable, Equatable {
  /// From one round to the next; nil where the rounds have no times, or a field of them is the time.
  public var stepMicroseconds: Int64?
  /// The last round is the newest, not the first.
  public var isOldestFirst: Bool
  /// A field with the Unix seconds of the newest round; nil for the time of receipt.
  public var from: String?

  public init(stepMicroseconds: Int64? = nil, isOldestFirst: Bool = false, from: String? = nil) {
    self.stepMicroseconds = stepMicroseconds
    self.isOldestFirst = isOldestFirst
    self.from = from
  }
}

/// Items until nothing is left of the region, each with a head that says what follows.
public struct LayoutStream: Sendable {
  public enum Head: Sendable, Equatable {
    case channel(bits: Int)
    /// Selects the block.
    case type(bits: Int)
    /// The bytes of the value, without the head.
    case length(bits: Int)
  }

  /// For an item without a length whose type has no block; with a length it is passed over.
  public enum Unknown: String, Sendable, CaseIterable {
    /// The stream ends there; what was read is kept.
    case stop
    case refuse
  }

  /// In their order.
  public var head: [Head]
  public var order: LayoutOrder
  public var types: [(type: UInt64, block: [LayoutStep])]
  public var unknown: Unknown
  /// Bytes at the region's end that are not of the stream.
  public var leave: Int

  public init(
    head: [Head], order: LayoutOrder = .big, types: [(type: UInt64, block: [LayoutStep])], unknown: Unknown = .stop,
    leave: Int = 0
  ) {
    self.head = head
    self.order = order
    self.types = types
    self.unknown = unknown
    self.leave = leave
  }
}
