extension LayoutCompiler {
  mutating func select(_ select: LayoutSelect) throws(LayoutFault) -> Int {
    let here = origin
    _ = try within(select.shift, 0...63, "a number is shifted by")
    let source: CompiledSelect.Source =
      switch select.source {
      case .field(let name): .slot(try slot(of: name))
      case .length: .length
      case .port: .port
      }
    guard !select.cases.isEmpty else { throw fault("a selection has at least one case") }
    let cases = try self.cases(
      select.cases.map { (UInt64(bitPattern: $0.value), $0.block) }, what: "case"
    ) { "\(Int64(bitPattern: $0))" }
    origin = here
    var otherwise: Int?
    if case .block(let steps) = select.otherwise { otherwise = try block(steps) }
    selects.append(
      CompiledSelect(
        source: source, shift: UInt64(select.shift), mask: select.mask, cases: cases, otherwise: otherwise))
    return selects.count - 1
  }

  private mutating func cases(
    _ definition: [(key: UInt64, block: [LayoutStep])], what: String, _ text: (UInt64) -> String
  ) throws(LayoutFault) -> Range<Int> {
    let here = origin
    var compiled: [CompiledCase] = []
    for (key, steps) in definition.sorted(by: { $0.key < $1.key }) {
      origin = here
      if compiled.last?.key == key { throw fault("the \(what) \(text(key)) stands twice") }
      compiled.append(CompiledCase(key: key, block: try block(steps)))
    }
    cases += compiled
    return cases.count - compiled.count..<cases.count
  }

  mutating func repeats(_ definition: LayoutRepeat) throws(LayoutFault) -> Int {
    let here = origin
    let count: CompiledRepeat.Count =
      switch definition.count {
      case .fixed(let count): .fixed(try within(count, 1...BinaryLayout.mostRounds, "the rounds of a repeat are"))
      case .field(let name): .slot(try slot(of: name))
      case .untilEnd: .untilEnd
      }
    if let bytes = definition.roundBytes { _ = try within(bytes, 1...BinaryLayout.mostBytes, "a round has bytes from") }
    _ = try within(definition.leave, 0...BinaryLayout.mostBytes, "bytes left at the end are")
    let history = try self.history(definition)
    let outside = (isInRepeat, needsRoundNumber)
    isInRepeat = true
    needsRoundNumber = history == nil
    let block = try self.block(definition.block)
    (isInRepeat, needsRoundNumber) = outside
    origin = here
    var firstNumber = 1
    if case .numbered(let from) = definition.rounds {
      firstNumber = try within(from, 0...BinaryLayout.mostBytes, "rounds are numbered from")
    }
    repeats.append(
      CompiledRepeat(
        count: count, history: history, firstNumber: firstNumber, roundBits: definition.roundBytes.map { $0 * 8 },
        leaveBits: definition.leave * 8, block: block))
    return repeats.count - 1
  }

  private mutating func history(_ definition: LayoutRepeat) throws(LayoutFault) -> CompiledRepeat.History? {
    guard case .records(let history) = definition.rounds else { return nil }
    guard !isInRepeat else { throw fault("rounds that are records stand in no other repeat") }
    if history.isOldestFirst, definition.count == .untilEnd, definition.roundBytes == nil {
      throw fault("rounds until the end with the oldest first need their 'size': else nobody knows how many follow")
    }
    guard history.stepMicroseconds != nil || history.from == nil && !history.isOldestFirst else {
      throw fault("rounds that have no step of time begin at none")
    }
    if let step = history.stepMicroseconds, !(1...LayoutHistory.longestStep).contains(step) {
      throw fault("the time from round to round is more than nothing and at most 366 days")
    }
    var slot: Int?
    if let name = history.from { slot = try self.slot(of: name) }
    return CompiledRepeat.History(
      step: history.stepMicroseconds, isOldestFirst: history.isOldestFirst, fromSlot: slot)
  }

  mutating func stream(_ definition: LayoutStream) throws(LayoutFault) -> Int {
    let first = heads.count
    var types = 0
    var channels = 0
    var lengths = 0
    for head in definition.head {
      switch head {
      case .type(let bits):
        types += 1
        _ = try within(bits, 1...64, "a type has bits from")
      case .channel(let bits):
        channels += 1
        _ = try within(bits, 1...64, "a channel has bits from")
      case .length(let bits):
        lengths += 1
        _ = try within(bits, 1...32, "a length has bits from")
      }
    }
    guard types == 1, channels <= 1, lengths <= 1 else {
      throw fault("the head of an item has a type, and at most one channel and one length")
    }
    guard definition.order == .big || definition.order == .little else { throw fault("a head is big or little endian") }
    _ = try within(definition.leave, 0...BinaryLayout.mostBytes, "bytes left at the end are")
    guard !definition.types.isEmpty else { throw fault("a stream has at least one type") }
    heads += definition.head
    let end = heads.count
    let outside = (isInChannel, needsRoundNumber)
    if channels == 1 { isInChannel = true }
    let cases = try self.cases(
      definition.types.map { ($0.type, $0.block) }, what: "type"
    ) { "0x" + String($0, radix: 16, uppercase: true) }
    (isInChannel, needsRoundNumber) = outside
    streams.append(
      CompiledStream(
        head: first..<end, order: definition.order, types: cases, unknown: definition.unknown,
        leaveBits: definition.leave * 8))
    return streams.count - 1
  }
}

extension LayoutHistory {
  /// In microseconds: rounds at their most, so far apart, stay within a timestamp's range.
  static let longestStep: Int64 = 366 * 86_400_000_000
}
