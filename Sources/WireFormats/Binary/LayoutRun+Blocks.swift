import Telemetry

/// Blocks in blocks.
extension LayoutRun {
  mutating func run(_ select: CompiledSelect) throws(Refusal) {
    let number: Int64? =
      switch select.source {
      case .slot(let slot): self.number(slot)
      case .length: Int64(payload.count)
      case .port: port.map(Int64.init)
      }
    let key = number.map { UInt64(bitPattern: $0) >> select.shift & select.mask }
    if let block = key.flatMap({ program.block(of: $0, among: select.cases) }) ?? select.otherwise {
      try run(block: block)
    } else if let number {
      throw Refusal(.malformed, "no case is for \(number) at byte \(cursor / 8)")
    } else {
      throw Refusal(.malformed, "what selects the fields at byte \(cursor / 8) is not in the payload")
    }
  }

  mutating func run(_ repeats: CompiledRepeat) throws(Refusal) {
    let outer = region
    region = try inner(leaving: repeats.leaveBits, of: "a repeat")
    let outerRound = round
    let outerReach = reach
    let rounds = try count(of: repeats)
    let newest = try newestTime(repeats)
    var number = 0
    while rounds.map({ number < $0 }) ?? (cursor < region.upperBound) {
      guard number < BinaryLayout.mostRounds else {
        throw Refusal(.malformed, "a repeat has more than \(BinaryLayout.mostRounds) rounds")
      }
      try work(1)
      round = repeats.firstNumber + number
      if let history = repeats.history {
        try begin(history, number: number, of: rounds ?? 0, newest: newest)
      }
      try runRound(repeats)
      number += 1
    }
    if repeats.history != nil && number > 0 { isAfterRounds = true }
    round = outerRound
    reach = max(outerReach, cursor)
    region = outer
  }

  /// The region from the cursor to its end, without the bytes left there.
  private func inner(leaving bits: Int, of what: String) throws(Refusal) -> Range<Int> {
    let end = region.upperBound - bits
    guard end >= region.lowerBound else {
      throw shortfall("what follows \(what)", at: region.lowerBound / 8, bits: bits)
    }
    // An optional field may have gone beyond the end: then nothing is left.
    return min(cursor, end)..<end
  }

  /// Nil where it is not known before.
  private func count(of repeats: CompiledRepeat) throws(Refusal) -> Int? {
    switch repeats.count {
    case .fixed(let count): return count
    case .slot(let slot):
      guard let count = number(slot), (0...Int64(BinaryLayout.mostRounds)).contains(count) else {
        let count = number(slot).map { "\($0)" } ?? "missing"
        throw Refusal(.malformed, "the count of a repeat is \(count), and not 0 to \(BinaryLayout.mostRounds)")
      }
      return Int(count)
    case .untilEnd:
      guard let bits = repeats.roundBits, repeats.history?.isOldestFirst == true else { return nil }
      return (max(0, region.upperBound - cursor) + bits - 1) / bits
    }
  }

  private mutating func runRound(_ repeats: CompiledRepeat) throws(Refusal) {
    let around = region
    let start = cursor
    var end = region.upperBound
    if let bits = repeats.roundBits {
      guard holds(start, bits) else { throw shortfall("a round", at: start, bits: bits) }
      end = start + bits
    }
    region = min(start, end)..<end
    reach = start
    last = start
    try run(block: repeats.block)
    cursor = repeats.roundBits.map { start + $0 } ?? reach
    if case .untilEnd = repeats.count, cursor == start {
      throw Refusal(.malformed, "a round at byte \(start / 8) takes no bytes, and so would go on for ever")
    }
    region = around
  }

  /// The newest round's, where the rounds have a step of time and count from a field.
  private func newestTime(_ repeats: CompiledRepeat) throws(Refusal) -> Timestamp? {
    guard let slot = repeats.history?.fromSlot else { return nil }
    guard let seconds = number(slot), LayoutRun.times.contains(seconds) else {
      let found = number(slot).map { "\($0)" } ?? "missing"
      throw Refusal(.time, "the Unix time that the rounds count from is \(found)")
    }
    return Timestamp(seconds: seconds)
  }

  /// Unix seconds from the year 2001 on, for less is an uptime, to the last that is accepted.
  private static let times = 1_000_000_000...Timestamp.accepted.upperBound.seconds

  private mutating func begin(
    _ history: CompiledRepeat.History, number: Int, of count: Int, newest: Timestamp?
  ) throws(Refusal) {
    isAfterRounds = false
    guard let step = history.step else { return records.begin() }
    let stepsBack = history.isOldestFirst ? max(0, count - 1 - number) : number
    let back = Duration.microseconds(step * Int64(stepsBack))
    guard let newest else { return records.begin(.sinceReceipt(.zero - back)) }
    guard Timestamp.accepted.contains(newest - back) else {
      throw Refusal(.time, "the rounds of a repeat go back beyond the year 1")
    }
    records.begin(.at(newest - back))
  }

  mutating func run(_ stream: CompiledStream) throws(Refusal) {
    let outer = (region: region, channel: channel)
    let outerReach = reach
    region = try inner(leaving: stream.leaveBits, of: "a stream")
    let end = region.upperBound
    while cursor < end {
      try work(1)
      region = cursor..<end
      guard try runItem(stream) else { break }
    }
    cursor = max(cursor, end)
    (region, channel) = outer
    reach = max(outerReach, cursor)
  }

  /// False where the stream ends with an item of a type that is not known.
  private mutating func runItem(_ stream: CompiledStream) throws(Refusal) -> Bool {
    let start = cursor
    var type: UInt64 = 0
    var length: UInt64?
    for head in program.heads[stream.head] {
      switch head {
      case .type(let bits): type = try headNumber(bits, stream)
      case .channel(let bits): channel = try headNumber(bits, stream)
      case .length(let bits): length = try headNumber(bits, stream)
      }
    }
    let begin = cursor
    var end = region.upperBound
    if let length {
      let bits = Int(length) * 8
      guard holds(begin, bits) else { throw shortfall("the value of an item", at: begin, bits: bits) }
      end = begin + bits
    }
    if let block = program.block(of: type, among: stream.types) {
      region = begin..<end
      reach = begin
      last = begin
      try run(block: block)
      cursor = max(reach, begin)
    } else if length == nil {
      guard stream.unknown == .stop else {
        throw Refusal(
          .malformed, "the type 0x\(String(type, radix: 16, uppercase: true)) at byte \(start / 8) is not known")
      }
      return false
    }
    if length != nil { cursor = end }
    return true
  }

  private mutating func headNumber(_ count: Int, _ stream: CompiledStream) throws(Refusal) -> UInt64 {
    guard holds(cursor, count) else { throw shortfall("the head of an item", at: cursor, bits: count) }
    let number = bits(at: cursor, count: count, order: stream.order)
    cursor += count
    return number
  }
}
