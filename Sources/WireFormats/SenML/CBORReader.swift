import CCBOR
import Telemetry

/// Reads CBOR values one after the other; nothing is allocated but for texts that come in pieces.
///
/// Invariants
/// - `position` is at most the payload's size; each step takes one byte at least, or ends in a refusal.
/// - Values within values are at most `mostDepth` deep.
///
/// Source: RFC 8949.
struct CBORReader {
  static let mostDepth = 32

  /// What is still to come of a list or map.
  enum Members {
    case known(UInt64)
    case open
  }

  private static let decimalFraction: UInt64 = 4
  private static let breakByte: UInt8 = 0xFF

  private let payload: UnsafeRawBufferPointer
  private let records: FieldRecords
  private var position = 0

  /// - Parameter records: keeps texts that come in pieces.
  init(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) {
    self.payload = payload
    self.records = records
  }

  // MARK: Lists and maps

  /// - Parameter what: it is, for a refusal.
  mutating func openArray(_ what: String) throws(Refusal) -> Members {
    let head = try untaggedHead().head
    switch head.kind {
    case CCBOR_ARRAY: return .known(head.number)
    case CCBOR_OPEN_ARRAY: return .open
    default: throw refusal("\(what) is a list, and something else ends at byte \(position)")
    }
  }

  mutating func openMap(_ what: String) throws(Refusal) -> Members {
    let head = try untaggedHead().head
    switch head.kind {
    case CCBOR_MAP: return .known(head.number)
    case CCBOR_OPEN_MAP: return .open
    default: throw refusal("\(what) is a map, and something else ends at byte \(position)")
    }
  }

  /// Whether another member follows, which is then to be read; takes the break behind the last.
  mutating func hasNext(_ members: inout Members) throws(Refusal) -> Bool {
    switch members {
    case .known(0): return false
    case .known(let count):
      members = .known(count - 1)
      return true
    case .open:
      guard position < payload.count, payload[position] == CBORReader.breakByte else { return true }
      position += 1
      return false
    }
  }

  func expectEnd() throws(Refusal) {
    if position < payload.count { throw refusal("something follows the pack, which ends at byte \(position)") }
  }

  // MARK: Values

  /// The next value. Bytes, maps and texts that are not UTF-8 are `object`, as nothing looks into them.
  mutating func value() throws(Refusal) -> RawValue { try value(depth: 0) }

  private mutating func value(depth: Int) throws(Refusal) -> RawValue {
    guard depth <= CBORReader.mostDepth else {
      throw refusal("values are more than \(CBORReader.mostDepth) deep at byte \(position)")
    }
    let (head, tag) = try untaggedHead()
    switch head.kind {
    case CCBOR_UNSIGNED: return Int64(exactly: head.number).map { .integer($0) } ?? .unsigned(head.number)
    case CCBOR_NEGATIVE: return Int64(exactly: head.number).map { .integer(-1 - $0) } ?? .unheld
    case CCBOR_FLOAT: return .double(head.real)
    case CCBOR_BOOL: return .boolean(head.number != 0)
    case CCBOR_NULL: return .null
    case CCBOR_TEXT: return CBORReader.text(taken(head))
    case CCBOR_BYTES: return .object
    case CCBOR_TEXT_PIECES: return CBORReader.text(try pieces(of: CCBOR_TEXT))
    case CCBOR_BYTES_PIECES:
      _ = try pieces(of: CCBOR_BYTES)
      return .object
    case CCBOR_ARRAY: return try list(.known(head.number), depth, isDecimal: tag == CBORReader.decimalFraction)
    case CCBOR_OPEN_ARRAY: return try list(.open, depth, isDecimal: tag == CBORReader.decimalFraction)
    case CCBOR_MAP: return try map(.known(head.number), depth)
    case CCBOR_OPEN_MAP: return try map(.open, depth)
    default: throw refusal("a value is expected before byte \(position), and a break stands there")
    }
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> RawValue { bytes.isUTF8 ? .text(bytes) : .object }

  /// A list, gone over; its number where it is a decimal fraction, [exponent, mantissa].
  private mutating func list(_ members: Members, _ depth: Int, isDecimal: Bool) throws(Refusal) -> RawValue {
    var members = members
    var count = 0
    var (first, second) = (RawValue.absent, RawValue.absent)
    while try hasNext(&members) {
      (first, second) = (second, try value(depth: depth + 1))
      count += 1
    }
    guard isDecimal, count == 2, case .integer(let exponent) = first, case .integer(let mantissa) = second else {
      return .list
    }
    return DecimalNumber.value(mantissa, timesTenTo: exponent)
  }

  private mutating func map(_ members: Members, _ depth: Int) throws(Refusal) -> RawValue {
    var members = members
    while try hasNext(&members) {
      _ = try value(depth: depth + 1)
      _ = try value(depth: depth + 1)
    }
    return .object
  }

  /// The pieces of a string up to a break, put together.
  private mutating func pieces(of kind: ccbor_kind) throws(Refusal) -> UnsafeRawBufferPointer {
    var whole: [UInt8] = []
    var members = Members.open
    while try hasNext(&members) {
      let head = try head()
      guard head.kind == kind else { throw refusal("a string in pieces has something else before byte \(position)") }
      whole.append(contentsOf: taken(head))
    }
    return records.keep(whole)
  }

  // MARK: Heads

  /// The bytes of a string that was read last.
  private func taken(_ head: ccbor_head) -> UnsafeRawBufferPointer { payload.part(position - head.length..<position) }

  /// The next head that is no tag, and the tag before it.
  private mutating func untaggedHead() throws(Refusal) -> (head: ccbor_head, tag: UInt64?) {
    var head = try head()
    var tag: UInt64?
    while head.kind == CCBOR_TAG {
      tag = head.number
      head = try self.head()
    }
    return (head, tag)
  }

  private mutating func head() throws(Refusal) -> ccbor_head {
    var head = ccbor_head()
    var isCut = false
    let rest = payload.part(position..<payload.count)
    let taken = ccbor_next(rest.baseAddress, rest.count, &head, &isCut)
    guard taken > 0 else {
      throw refusal(
        isCut
          ? "the payload ends in the value of byte \(position)" : "no CBOR value begins at byte \(position)")
    }
    position += taken
    return head
  }

  private func refusal(_ detail: String) -> Refusal { Refusal(.malformed, detail) }
}
