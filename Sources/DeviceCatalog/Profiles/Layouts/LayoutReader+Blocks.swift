import StrictYAML
import Telemetry
import WireFormats

extension LayoutReader {
  private enum OtherwiseWord: String, CaseIterable {
    case refuse, nothing
  }

  mutating func select(_ value: YAMLValue, _ step: YAMLMapping) throws(YAMLError) -> LayoutSelect {
    var select = LayoutSelect(try source(value), cases: [])
    (select.shift, select.mask) = try bits(step)
    for (key, block) in try step.required("cases").entries() {
      let number = try key.wholeNumber()
      guard let value = Int64(exactly: number) else { throw key.error("a case is a number of 64 bits with a sign") }
      select.cases.append((value, try steps(block)))
    }
    if let otherwise = step["otherwise"] { select.otherwise = try self.otherwise(otherwise) }
    return select
  }

  private mutating func otherwise(_ value: YAMLValue) throws(YAMLError) -> LayoutSelect.Otherwise {
    if (try? value.string()) == nil { return .block(try steps(value)) }
    switch try value.choice(OtherwiseWord.self) {
    case .refuse: return .refuse
    case .nothing: return .block([])
    }
  }

  mutating func when(_ value: YAMLValue, _ step: YAMLMapping) throws(YAMLError) -> LayoutSelect {
    var select = LayoutSelect(try source(value), cases: [], otherwise: .block([]))
    (select.shift, select.mask) = try bits(step)
    let fields = try step.required("fields")
    let wanted = try self.wanted(step)
    for number in wanted { select.cases.append((number, try steps(fields))) }
    return select
  }

  /// One number or several; without any, 1.
  private func wanted(_ step: YAMLMapping) throws(YAMLError) -> [Int64] {
    guard let value = step["is"] else { return [1] }
    let items = (try? value.items()) ?? [value]
    return try items.map { item throws(YAMLError) in
      guard let number = Int64(exactly: try item.wholeNumber()) else {
        throw item.error("expected a number of 64 bits")
      }
      return number
    }
  }

  private func source(_ value: YAMLValue) throws(YAMLError) -> LayoutSelect.Source {
    switch try value.string() {
    case "length": .length
    case "port": .port
    case let name: .field(name)
    }
  }

  /// The shift and the mask of `bit` and `bits`.
  private func bits(_ step: YAMLMapping) throws(YAMLError) -> (Int, UInt64) {
    guard let bit = step["bit"] else {
      if let extra = step["bits"] { throw extra.error("'bits' counts from 'bit' on, which is missing") }
      return (0, .max)
    }
    let shift = try bit.wholeNumber(in: 0...63)
    let count = try step["bits"].map { value throws(YAMLError) in try value.wholeNumber(in: 1...64) } ?? 1
    return (shift, .max >> UInt64(64 - count))
  }

  private enum FirstRound: String, CaseIterable {
    case newest, oldest
  }

  private enum Each: String, CaseIterable {
    case record, number
  }

  mutating func repeats(_ value: YAMLValue, _ step: YAMLMapping) throws(YAMLError) -> LayoutRepeat {
    let rounds = try self.rounds(step)
    var repeats = LayoutRepeat(try count(value), rounds, block: [])
    repeats.roundBytes = try step["size"].map { value throws(YAMLError) in
      try value.wholeNumber(in: 1...BinaryLayout.mostBytes)
    }
    if let leave = step["leave"] { repeats.leave = try leave.wholeNumber(in: 0...BinaryLayout.mostBytes) }
    repeats.block = try steps(step.required("fields"))
    return repeats
  }

  /// `end`, a number, or the name of an earlier field.
  private func count(_ value: YAMLValue) throws(YAMLError) -> LayoutRepeat.Count {
    let text = try value.string()
    if text == "end" { return .untilEnd }
    guard let first = text.utf8.first, !(0x30...0x39).contains(first), first != UInt8(ascii: "-") else {
      return .fixed(try value.wholeNumber(in: 1...BinaryLayout.mostRounds))
    }
    return .field(text)
  }

  private func rounds(_ step: YAMLMapping) throws(YAMLError) -> LayoutRepeat.Rounds {
    let each = try step["each"].map { value throws(YAMLError) in try value.choice(Each.self) } ?? .number
    guard each == .record else {
      for key in ["every", "first", "from"] {
        if let extra = step[key] { throw extra.error("only rounds with 'each: record' have '\(key)'") }
      }
      let first = step["number-from"]
      return .numbered(
        from: try first.map { value throws(YAMLError) in try value.wholeNumber(in: 0...BinaryLayout.mostBytes) } ?? 1)
    }
    var history = LayoutHistory()
    if let every = step["every"] { history.stepMicroseconds = try every.duration().microseconds }
    if let first = step["first"] { history.isOldestFirst = try first.choice(FirstRound.self) == .oldest }
    if let from = step["from"] { history.from = try from.string() }
    return .records(history)
  }

  private enum HeadWord: String, CaseIterable {
    case channel, type, length
  }

  mutating func stream(_ value: YAMLValue, _ step: YAMLMapping) throws(YAMLError) -> LayoutStream {
    let head = try value.items().map { item throws(YAMLError) in try self.head(item) }
    var stream = LayoutStream(head: head, order: order, types: [])
    if let endian = step["endian"] { stream.order = try endian.choice(LayoutOrder.self) }
    if let unknown = step["unknown"] { stream.unknown = try unknown.choice(LayoutStream.Unknown.self) }
    if let leave = step["leave"] { stream.leave = try leave.wholeNumber(in: 0...BinaryLayout.mostBytes) }
    for (key, block) in try step.required("types").entries() {
      guard let type = UInt64(exactly: try key.wholeNumber()) else { throw key.error("a type is no negative number") }
      stream.types.append((type, try steps(block)))
    }
    return stream
  }

  /// `type`, which has a byte, or `type: 16`, with its bits.
  private func head(_ item: YAMLValue) throws(YAMLError) -> LayoutStream.Head {
    let word: HeadWord
    var bits = 8
    if (try? item.string()) != nil {
      word = try item.choice(HeadWord.self)
    } else {
      let entries = try item.entries()
      guard entries.count == 1 else { throw item.error("expected one of channel, type, length, and its bits") }
      word = try entries[0].key.choice(HeadWord.self)
      bits = try entries[0].value.wholeNumber(in: 1...64)
    }
    switch word {
    case .channel: return .channel(bits: bits)
    case .type: return .type(bits: bits)
    case .length: return .length(bits: bits)
    }
  }
}
