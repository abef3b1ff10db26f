import Telemetry

/// One payload on its way through a program.
///
/// Invariants
/// - `region` lies within the payload, and the cursor not before it; no bit outside it is read.
/// - Each step costs work, and the work of a payload is limited, so repeats in repeats end.
///
/// Positions count bits from the payload's begin.
struct LayoutRun {
  let program: LayoutProgram
  let payload: UnsafeRawBufferPointer
  let port: UInt8?
  let records: FieldRecords
  private let slots: UnsafeMutableBufferPointer<LayoutSlot>

  /// Where places count from, and where nothing follows.
  var region: Range<Int>
  /// Behind the step before; beyond the region where that was an optional one that did not fit.
  var cursor = 0
  /// Where the step before began.
  var last = 0
  /// The furthest cursor in the region.
  var reach = 0
  var round = 0
  var channel: UInt64 = 0
  private var workLeft: Int
  /// The record that was begun last is a round's, and what follows is not of it.
  var isAfterRounds = false

  init(
    _ program: LayoutProgram, payload: UnsafeRawBufferPointer, port: UInt8?,
    slots: UnsafeMutableBufferPointer<LayoutSlot>, records: FieldRecords
  ) {
    self.program = program
    self.payload = payload
    self.port = port
    self.slots = slots
    self.records = records
    region = 0..<payload.count * 8
    workLeft = BinaryLayout.mostWork + payload.count
  }

  mutating func run(block: Int) throws(Refusal) {
    for index in program.blocks[block] {
      try work(1)
      switch program.steps[index] {
      case .field(let field): try read(program.fields[field])
      case .skip(let bits): move(from: cursor, bits: bits)
      case .constant(let constant): try check(program.constants[constant])
      case .checksum(let sum): try check(program.checksums[sum])
      case .select(let select): try run(program.selects[select])
      case .repeats(let repeats): try run(program.repeats[repeats])
      case .stream(let stream): try run(program.streams[stream])
      }
    }
  }

  mutating func work(_ amount: Int) throws(Refusal) {
    workLeft -= amount
    if workLeft < 0 { throw Refusal(.malformed, "the payload takes more than \(BinaryLayout.mostWork) steps to read") }
  }

  /// Where a step begins; it may lie outside the region.
  func position(_ place: LayoutPlace) -> Int {
    switch place {
    case .next: cursor
    case .same: last
    case .bits(let offset): region.lowerBound + offset
    case .beforeEnd(let bytes): region.upperBound - bytes * 8
    }
  }

  mutating func move(from position: Int, bits: Int) {
    last = position
    cursor = position + bits
    reach = max(reach, cursor)
  }

  func holds(_ position: Int, _ bits: Int) -> Bool {
    position >= region.lowerBound && position <= region.upperBound && bits <= region.upperBound - position
  }

  func shortfall(_ what: String, at position: Int, bits: Int) -> Refusal {
    let end = region.upperBound / 8
    guard position >= region.lowerBound else {
      return Refusal(.malformed, "\(what) would begin \((region.lowerBound - position + 7) / 8) bytes before the first")
    }
    return Refusal(
      .malformed,
      "\(what) takes \(LayoutRun.text(bits: bits)) at byte \(position / 8), and the bytes there end at byte \(end)")
  }

  private static func text(bits: Int) -> String { bits % 8 == 0 ? "\(bits / 8) bytes" : "\(bits) bits" }

  /// Fields behind rounds that are records go into a record of their own, with the message's time.
  mutating func add(_ name: UnsafeRawBufferPointer, _ value: RawValue, _ quality: Quality) {
    if isAfterRounds {
      records.begin()
      isAfterRounds = false
    }
    records.add(name, value, quality: quality)
  }

  func number(_ slot: Int) -> Int64? { slots[slot].value }

  func keep(_ number: Int64?, in slot: Int) { slots[slot].value = number }
}

/// Checks.
extension LayoutRun {
  private mutating func check(_ constant: CompiledConstant) throws(Refusal) {
    let start = (position(constant.place) + 7) & ~7
    let bits = constant.bytes.count * 8
    guard holds(start, bits) else { throw shortfall("a constant", at: start, bits: bits) }
    for (offset, byte) in constant.bytes.enumerated() where payload[start / 8 + offset] != byte {
      throw Refusal(
        .malformed,
        "byte \(start / 8 + offset) is \(LayoutRun.text(of: payload[start / 8 + offset])), and not \(LayoutRun.text(of: byte))"
      )
    }
    try work(constant.bytes.count / 8)
    move(from: start, bits: bits)
  }

  private mutating func check(_ sum: LayoutChecksum) throws(Refusal) {
    let start = (position(sum.at) + 7) & ~7
    guard holds(start, sum.kind.bits) else { throw shortfall("the checksum", at: start, bits: sum.kind.bits) }
    let from = (position(sum.from) + 7) / 8
    let to = sum.to.map { (position($0) + 7) / 8 } ?? start / 8
    guard from >= region.lowerBound / 8, to <= region.upperBound / 8, from <= to else {
      throw Refusal(.malformed, "the checksum is of bytes \(from) to \(to), which the payload has not")
    }
    try work((to - from) / 8)
    let expected = sum.kind.value(of: UnsafeRawBufferPointer(rebasing: payload[from..<to]))
    let found = UInt16(truncatingIfNeeded: bits(at: start, count: sum.kind.bits, order: sum.order))
    guard found == expected else {
      let names = [expected, found].map { "0x" + String($0, radix: 16, uppercase: true) }
      throw Refusal(
        .checksum,
        "the \(sum.kind.rawValue) of bytes \(from) to \(to) is \(names[0]), and at byte \(start / 8) stands \(names[1])"
      )
    }
    // One with a place of its own may stand before the fields, so that it is the first to be said.
    if sum.at == .next { move(from: start, bits: sum.kind.bits) }
  }

  func bits(at position: Int, count: Int, order: LayoutOrder) -> UInt64 {
    LayoutBits(payload: payload).bits(at: position, count: count, order: order)
  }

  private static func text(of byte: UInt8) -> String {
    (byte < 16 ? "0x0" : "0x") + String(byte, radix: 16, uppercase: true)
  }
}
