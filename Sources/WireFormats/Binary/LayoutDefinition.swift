/// A binary layout as plain values, as a person writes it down; `BinaryLayout` makes a reader of it.
///
/// A block is a list of steps, taken in order. It has a region of the payload: the whole, a round of a repeat, or the
/// value of a stream's item. Places count from the region's begin, or back from its end. The blocks of a selection keep
/// the region around them.
public struct LayoutDefinition: Sendable {
  /// For every port that has no block of its own, and for payloads without a port.
  public var standard: [LayoutStep]?
  /// By LoRaWAN port.
  public var ports: [UInt8: [LayoutStep]]

  public init(standard: [LayoutStep]?, ports: [UInt8: [LayoutStep]] = [:]) {
    self.standard = standard
    self.ports = ports
  }
}

/// One step of a block.
public struct LayoutStep: Sendable {
  public enum Action: Sendable {
    case field(LayoutField)
    /// Bits that mean nothing.
    case skip(bits: Int)
    /// Bytes that must stand there.
    case constant([UInt8], at: LayoutPlace)
    case checksum(LayoutChecksum)
    case select(LayoutSelect)
    case repeats(LayoutRepeat)
    case stream(LayoutStream)
  }

  public var action: Action
  /// Whatever tells its writer which step is at fault.
  public var origin: Int

  public init(_ action: Action, origin: Int = 0) {
    self.action = action
    self.origin = origin
  }
}

/// Where something begins.
public enum LayoutPlace: Sendable, Equatable {
  /// Behind the one before.
  case next
  /// With the one before.
  case same
  /// So many bits behind the region's begin.
  case bits(Int)
  /// So many bytes before the region's end.
  case beforeEnd(Int)

  public static func byte(_ offset: Int) -> LayoutPlace { .bits(offset * 8) }
}

/// How the bytes of a number follow each other.
public enum LayoutOrder: String, Sendable, CaseIterable {
  /// The highest byte first; bits are taken from the highest of a byte on.
  case big
  /// The lowest byte first; bits are taken from the lowest of a byte on.
  case little
  /// 16-bit registers, the lowest first, each with its high byte first (CDAB).
  case wordSwapped = "word-swapped"
  /// 16-bit registers, the highest first, each with its low byte first (BADC).
  case byteSwapped = "byte-swapped"
}

/// How many bytes a text has.
public enum LayoutLength: Sendable, Equatable {
  case bytes(Int)
  /// All that is left of the region.
  case rest
  /// As many as an earlier field says.
  case field(String)
}

/// What bits mean.
public enum LayoutCoding: Sendable, Equatable {
  case unsigned
  /// Two's complement.
  case signed
  /// The highest bit is the sign.
  case signMagnitude
  /// IEEE 754 of 16, 32 or 64 bits.
  case float
  /// Four bits a decimal digit.
  case bcd
  case boolean
  /// ASCII or UTF-8, up to the first zero byte, without the spaces at its end.
  case text(LayoutLength)
  /// Bytes as hexadecimal digits in lower case.
  case hexText(LayoutLength)
  /// A whole number in ASCII digits, with a sign or spaces around it or without.
  case digits(LayoutLength)
  /// A date and time, as seconds since 1970 in UTC.
  case time(LayoutTime)
}

/// A date and time in bytes of two digits each.
public struct LayoutTime: Sendable, Equatable {
  /// The order of the bytes: `YY` (of this century) or `YYYY`, `MM`, `DD`, `hh`, `mm`, `ss`; `ww` is passed over.
  public var format: String
  /// The bytes are plain numbers instead of BCD; `YYYY` is then 16 bits, the high byte first.
  public var isBinary: Bool
  /// Seconds east of UTC.
  public var zoneOffset: Int64

  public init(format: String, isBinary: Bool = false, zoneOffset: Int64 = 0) {
    self.format = format
    self.isBinary = isBinary
    self.zoneOffset = zoneOffset
  }
}

/// Bits at a place, and what they mean.
public struct LayoutSlice: Sendable, Equatable {
  public var place: LayoutPlace
  public var coding: LayoutCoding
  public var order: LayoutOrder
  /// 1–64; of no account for texts and times.
  public var bits: Int
  /// The lowest bit in a word, 0 the word's lowest; nil where the bits begin at the place itself.
  public var bit: Int?
  /// The word's bits, 8–64; nil for the fewest bytes that hold the slice. Only with `bit`.
  public var word: Int?

  public init(
    _ coding: LayoutCoding, bits: Int = 0, at place: LayoutPlace = .next, order: LayoutOrder = .big, bit: Int? = nil,
    word: Int? = nil
  ) {
    self.place = place
    self.coding = coding
    self.order = order
    self.bits = bits
    self.bit = bit
    self.word = word
  }
}

/// A named value.
public struct LayoutField: Sendable, Equatable {
  /// `{n}` in it is the number of the innermost repeat's round, `{channel}` the channel of the stream's item.
  public var name: String
  public var slice: LayoutSlice
  /// Where it is put together: its slices, the highest first. Then `slice` has only the coding of the whole.
  public var parts: [LayoutSlice]
  /// Each part is a number of its own, and the value so far times this goes before it; nil where bits are joined.
  public var radix: Int?
  /// Raw bits that stand for no value.
  public var missing: [UInt64]
  /// A payload may end before it.
  public var isOptional: Bool
  /// Added to a whole number: what makes Unix seconds of seconds since some other time.
  public var epochSeconds: Int64

  public init(
    _ name: String, _ slice: LayoutSlice, parts: [LayoutSlice] = [], radix: Int? = nil, missing: [UInt64] = [],
    isOptional: Bool = false, epochSeconds: Int64 = 0
  ) {
    self.name = name
    self.slice = slice
    self.parts = parts
    self.radix = radix
    self.missing = missing
    self.isOptional = isOptional
    self.epochSeconds = epochSeconds
  }
}
