import Telemetry

/// What a message says, before a profile says what it means: named values in records, each of one time.
///
/// Invariants
/// - Names, texts and units point into the payload, into constants, or into memory of this container; they live until
///   `removeAll`.
/// - The fields of a record follow each other.
/// - At most `mostFields` fields are kept; `isOverfull` says that there were more.
///
/// One thread. Memory is used again. Exclusive access to records and fields is not checked at run time: the checks would
/// cost five times what it takes to add a field, and nothing is called out to while they change.
public final class FieldRecords {
  /// When a record was measured.
  public enum Time: Equatable, Sendable {
    /// The payload does not say.
    case unknown
    case at(Timestamp)
    /// So long after the message was received, or before it where negative.
    case sinceReceipt(Duration)
  }

  public struct Field {
    public let name: UnsafeRawBufferPointer
    public var value: RawValue
    /// What the device says of its value.
    public var quality: Quality
    /// In which unit the device says that a number is: a UCUM code, or what people write for one; empty where it does
    /// not say.
    public let unit: UnsafeRawBufferPointer
  }

  public struct Record {
    public var time: Time
    /// Among `fields`.
    public fileprivate(set) var fields: Range<Int>
  }

  public static let mostFields = 16_384
  /// Of names and texts that do not stand in the payload as they are.
  public static let mostTextBytes = 4 << 20
  public static let overfullSentence =
    "more than \(mostFields) values, or than \(mostTextBytes >> 20) MiB of names and texts"

  @exclusivity(unchecked) public private(set) var records: [Record] = []
  @exclusivity(unchecked) public private(set) var fields: [Field] = []
  /// There were more fields than are kept.
  @exclusivity(unchecked) public private(set) var isOverfull = false
  /// So many of the first fields hold for all records; a record's own field of the same name goes before.
  @exclusivity(unchecked) public private(set) var sharedCount = 0
  private var texts = TextMemory()

  public init() {}

  deinit { texts.deallocate() }

  /// Forgets everything.
  public func removeAll() {
    records.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    isOverfull = false
    sharedCount = 0
    texts.removeAll()
  }

  /// Begins the next record; what is added from now on is of it.
  public func begin(_ time: Time = .unknown) {
    records.append(Record(time: time, fields: fields.count..<fields.count))
  }

  /// The time of the record that was begun last.
  public func setTime(_ time: Time) {
    if !records.isEmpty { records[records.count - 1].time = time }
  }

  /// Adds a value to the record that was begun last; to a first one where none was.
  public func add(
    _ name: UnsafeRawBufferPointer, _ value: RawValue, quality: Quality = .good,
    unit: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) {
    guard fields.count < FieldRecords.mostFields else {
      isOverfull = true
      return
    }
    if records.isEmpty { begin() }
    fields.append(Field(name: name, value: value, quality: quality, unit: unit))
    records[records.count - 1].fields = records[records.count - 1].fields.lowerBound..<fields.count
  }

  /// The same, for a name that the format itself gives.
  public func add(_ name: StaticString, _ value: RawValue, quality: Quality = .good) {
    add(name.bytes, value, quality: quality)
  }

  /// Gives a quality to those of some fields that were good: something else in the message says that they are not to go
  /// by.
  public func spoil(_ spoilt: Range<Int>, _ quality: Quality) {
    for field in spoilt.clamped(to: fields.indices) where fields[field].quality == .good {
      fields[field].quality = quality
    }
  }

  /// What was added so far holds for all records: a frame's header, before its groups.
  public func shareFields() { sharedCount = fields.count }

  /// Bytes of their own, for names and texts that do not stand in the payload as they are.
  ///
  /// Nothing is kept beyond `mostTextBytes`; `isOverfull` says so.
  public func keep(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer {
    guard texts.bytes + bytes.count <= FieldRecords.mostTextBytes else {
      isOverfull = true
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return texts.keep(bytes)
  }
}

/// Memory for texts that stays where it is until all of it is let go.
private struct TextMemory {
  private static let blockBytes = 16 << 10
  private var blocks: [UnsafeMutableRawBufferPointer] = []
  private var used = 0
  /// Kept since `removeAll`.
  private(set) var bytes = 0

  mutating func keep(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer {
    let count = bytes.count
    if blocks.isEmpty || blocks[blocks.count - 1].count - used < count {
      blocks.append(.allocate(byteCount: max(Self.blockBytes, count), alignment: 1))
      used = 0
    }
    let place = UnsafeMutableRawBufferPointer(rebasing: blocks[blocks.count - 1][used..<used + count])
    place.copyBytes(from: bytes)
    used += count
    self.bytes += count
    return UnsafeRawBufferPointer(place)
  }

  /// Keeps the first block, which is enough for most messages.
  mutating func removeAll() {
    while blocks.count > 1 { blocks.removeLast().deallocate() }
    used = 0
    bytes = 0
  }

  func deallocate() { for block in blocks { block.deallocate() } }
}
