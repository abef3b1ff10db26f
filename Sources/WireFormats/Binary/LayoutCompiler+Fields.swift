extension LayoutCompiler {
  mutating func field(_ field: LayoutField) throws(LayoutFault) -> Int {
    let name = try self.name(field.name)
    let parts = try self.parts(field)
    let whole = field.parts.isEmpty ? field.slice : try joined(field)
    let slice = try self.slice(whole)
    guard field.epochSeconds == 0 || isWholeNumber(whole.coding) else {
      throw fault("only a whole number has an epoch")
    }
    let missing = try self.patterns(field.missing, of: whole, radix: field.radix)
    fields.append(
      CompiledField(
        name: name, slice: slice, parts: parts, radix: field.radix.map(Int64.init), missing: missing,
        isOptional: field.isOptional, epochSeconds: field.epochSeconds, slot: slots[field.name]))
    if isWholeNumber(whole.coding) || whole.coding == .boolean {
      numbers[field.name, default: []].append(fields.count - 1)
    }
    return fields.count - 1
  }

  private func isWholeNumber(_ coding: LayoutCoding) -> Bool {
    switch coding {
    case .unsigned, .signed, .signMagnitude, .bcd, .digits, .time: true
    case .float, .boolean, .text, .hexText: false
    }
  }

  /// What the bits of all parts are together.
  private func joined(_ field: LayoutField) throws(LayoutFault) -> LayoutSlice {
    guard field.slice.place == .next, field.slice.bit == nil else {
      throw fault("of a field in parts each part has its place, and the whole has none")
    }
    if field.radix != nil {
      guard field.slice.coding == .unsigned else {
        throw fault("with a radix the parts have types, and the whole has none")
      }
      return LayoutSlice(.unsigned, bits: 64)
    }
    let bits = field.parts.reduce(0) { $0 + min($1.bits, 65) }
    var whole = field.slice
    whole.bits = try within(bits, 1...64, "the parts of a field have together bits from")
    return whole
  }

  private mutating func parts(_ field: LayoutField) throws(LayoutFault) -> Range<Int> {
    if let radix = field.radix { _ = try within(radix, 2...Int(Int32.max), "a radix is") }
    guard field.radix == nil || !field.parts.isEmpty else { throw fault("only a field in parts has a radix") }
    let first = slices.count
    for part in field.parts {
      switch part.coding {
      case .unsigned: break
      case .signed, .signMagnitude, .bcd:
        guard field.radix != nil else { throw fault("parts are joined as bits: the whole has a type, not its parts") }
      default: throw fault("a part is a whole number")
      }
      slices.append(try slice(part))
    }
    return first..<slices.count
  }

  private mutating func slice(_ slice: LayoutSlice) throws(LayoutFault) -> CompiledSlice {
    let coding = try self.coding(slice.coding)
    var bits = slice.bits
    if case .time(let index) = coding {
      bits = times[index].byteCount * 8
    } else if !isText(slice.coding) {
      try checkWidth(slice)
    }
    if isText(slice.coding) || bits > 64 {
      guard slice.bit == nil else { throw fault("a text begins at a byte, not at a bit") }
    }
    return CompiledSlice(
      place: try place(slice.place), coding: coding, order: slice.order, bits: bits, bit: slice.bit,
      taken: try taken(slice, bits: bits))
  }

  private func isText(_ coding: LayoutCoding) -> Bool {
    switch coding {
    case .text, .hexText, .digits: true
    default: false
    }
  }

  private func checkWidth(_ slice: LayoutSlice) throws(LayoutFault) {
    _ = try within(slice.bits, 1...64, "a field has bits from")
    switch slice.coding {
    case .float:
      guard [16, 32, 64].contains(slice.bits) else { throw fault("a float has 16, 32 or 64 bits, not \(slice.bits)") }
    case .bcd:
      guard slice.bits % 4 == 0 else { throw fault("BCD digits have 4 bits each: \(slice.bits) bits are none") }
    case .signMagnitude:
      guard slice.bits >= 2 else { throw fault("a sign and a magnitude have 2 bits at least") }
    default: break
    }
  }

  /// The bits that are taken from the payload.
  private func taken(_ slice: LayoutSlice, bits: Int) throws(LayoutFault) -> Int {
    var taken = bits
    if let bit = slice.bit {
      _ = try within(bit, 0...63, "a bit has a number from")
      taken = slice.word ?? (bit + bits + 7) / 8 * 8
      guard (8...64).contains(taken), taken % 8 == 0 else { throw fault("a word has 8 to 64 bits, by eights") }
      guard bit + bits <= taken else {
        throw fault("bits \(bit) to \(bit + bits - 1) do not lie in a word of \(taken) bits")
      }
    } else if slice.word != nil {
      throw fault("'word' says which bits 'bit' counts: it has no meaning without it")
    }
    if slice.order == .wordSwapped || slice.order == .byteSwapped, !isText(slice.coding), taken % 16 != 0 {
      throw fault("swapped registers have 16 bits each: \(taken) bits are none")
    }
    return taken
  }

  private mutating func coding(_ coding: LayoutCoding) throws(LayoutFault) -> CompiledCoding {
    switch coding {
    case .unsigned: .unsigned
    case .signed: .signed
    case .signMagnitude: .signMagnitude
    case .float: .float
    case .bcd: .bcd
    case .boolean: .boolean
    case .text(let length): .text(try self.length(length))
    case .hexText(let length): .hexText(try self.length(length))
    case .digits(let length): .digits(try self.length(length))
    case .time(let time): .time(try self.time(time))
    }
  }

  private mutating func time(_ time: LayoutTime) throws(LayoutFault) -> Int {
    guard let compiled = CompiledTime(time) else {
      throw fault(
        "'\(time.format)' is no order of YY or YYYY, MM, DD, hh, mm, ss and ww, with a year, a month and a day")
    }
    times.append(compiled)
    return times.count - 1
  }

  private mutating func length(_ length: LayoutLength) throws(LayoutFault) -> CompiledLength {
    switch length {
    case .bytes(let count): .bytes(try within(count, 1...BinaryLayout.mostBytes, "a text has bytes from"))
    case .rest: .rest
    case .field(let name): .slot(try slot(of: name))
    }
  }

  private mutating func patterns(
    _ missing: [UInt64], of slice: LayoutSlice, radix: Int?
  ) throws(LayoutFault) -> Range<Int> {
    let first = patterns.count
    guard missing.isEmpty || !isText(slice.coding) else { throw fault("a text has no 'missing' bits") }
    for pattern in missing {
      var bits = slice.bits
      if case .time(let time) = slice.coding { bits = min(64, (CompiledTime(time)?.byteCount ?? 8) * 8) }
      guard radix != nil || pattern <= LayoutBits.ones(bits) else {
        throw fault("missing: 0x\(String(pattern, radix: 16, uppercase: true)) does not fit in \(bits) bits")
      }
    }
    patterns += missing
    return first..<patterns.count
  }

  /// The name's pieces: literals and the numbers between them.
  private mutating func name(_ name: String) throws(LayoutFault) -> Range<Int> {
    guard !name.isEmpty, name.utf8.count <= BinaryLayout.mostNameBytes else {
      throw fault("a name has 1 to \(BinaryLayout.mostNameBytes) bytes")
    }
    let first = pieces.count
    var rest = name[...]
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { throw fault("'\(name)' has a '{' without '}'") }
      literal(rest[..<open])
      pieces.append(try number(String(rest[rest.index(after: open)..<close])))
      rest = rest[rest.index(after: close)...]
    }
    literal(rest)
    let hasRound = pieces[first...].contains { if case .round = $0 { true } else { false } }
    guard hasRound || !needsRoundNumber else {
      throw fault("'\(name)' would stand there in every round: write {n} into the name, or let each round be a record")
    }
    return first..<pieces.count
  }

  private mutating func literal(_ text: Substring) {
    guard !text.isEmpty else { return }
    nameBytes += text.utf8
    pieces.append(.literal(nameBytes.count - text.utf8.count..<nameBytes.count))
  }

  private func number(_ word: String) throws(LayoutFault) -> NamePiece {
    switch word {
    case "n" where isInRepeat: .round
    case "n": throw fault("{n} is the number of a repeat's round, and there is no repeat around it")
    case "channel" where isInChannel: .channel
    case "channel": throw fault("{channel} is that of a stream's item, and there is no stream with channels around it")
    default:
      throw LayoutFault(origin, "'{\(word)}' is neither {n} nor {channel}", unknown: word, known: ["n", "channel"])
    }
  }
}
