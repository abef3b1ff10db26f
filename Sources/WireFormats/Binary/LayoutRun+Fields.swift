import Telemetry

/// Fields.
extension LayoutRun {
  mutating func read(_ field: CompiledField) throws(Refusal) {
    if let slot = field.slot { keep(nil, in: slot) }
    guard let (value, raw) = try value(of: field) else { return }
    var reading = value
    if field.epochSeconds != 0 { reading.add(field.epochSeconds) }
    if program.patterns[field.missing].contains(raw) { reading.quality = .missing }
    if let slot = field.slot, reading.quality == .good { keep(reading.whole, in: slot) }
    try addNamed(field.name, reading)
  }

  /// The value with its bits; nil where the payload ends before an optional field.
  private mutating func value(of field: CompiledField) throws(Refusal) -> (LayoutReading, raw: UInt64)? {
    guard !field.parts.isEmpty else { return try value(of: field.slice, field) }
    var whole: UInt64 = 0
    var sum = LayoutReading(.integer(0))
    for part in program.slices[field.parts] {
      guard let (value, raw) = try value(of: part, field) else { return nil }
      whole = (part.bits >= 64 ? 0 : whole << UInt64(part.bits)) | raw
      if let radix = field.radix { sum.append(value, radix: radix) }
    }
    guard field.radix != nil else { return (number(whole, field.slice), whole) }
    return (sum, sum.whole.map { UInt64(bitPattern: $0) } ?? 0)
  }

  private mutating func value(
    of slice: CompiledSlice, _ field: CompiledField
  ) throws(Refusal) -> (LayoutReading, raw: UInt64)? {
    switch slice.coding {
    case .text(let length): return try bytes(length, slice, field).map { (LayoutReading(text: $0), 0) }
    case .digits(let length): return try bytes(length, slice, field).map { (LayoutReading(digits: $0), 0) }
    case .hexText(let length):
      return try bytes(length, slice, field).map { (hexReading($0, isReversed: slice.order == .little), 0) }
    case .time(let index):
      let time = program.times[index]
      return try bytes(.bytes(time.byteCount), slice, field).map { bytes in
        let seconds = time.seconds(bytes)
        let raw = bytes.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return (seconds.map { LayoutReading(.integer($0)) } ?? LayoutReading(.null, .type), raw)
      }
    default:
      let start = slice.bit == nil ? position(slice.place) : (position(slice.place) + 7) & ~7
      guard try has(field, start, slice.taken) else { return nil }
      var raw = bits(at: start, count: slice.taken, order: slice.order)
      if let bit = slice.bit { raw = raw >> UInt64(bit) & LayoutBits.ones(slice.bits) }
      return (number(raw, slice), raw)
    }
  }

  /// Moves behind a slice; false where an optional field's is not there.
  ///
  /// What would follow a slice before the region's begin is not there either.
  private mutating func has(_ field: CompiledField, _ start: Int, _ bits: Int) throws(Refusal) -> Bool {
    let isThere = holds(start, bits)
    guard isThere || field.isOptional else {
      throw shortfall("the field '\(nameText(field.name))'", at: start, bits: bits)
    }
    if start >= region.lowerBound { move(from: start, bits: bits) } else { move(from: region.upperBound, bits: 0) }
    return isThere
  }

  /// The bytes of a text, from the next whole byte on.
  private mutating func bytes(
    _ length: CompiledLength, _ slice: CompiledSlice, _ field: CompiledField
  ) throws(Refusal) -> UnsafeRawBufferPointer? {
    let start = (position(slice.place) + 7) & ~7
    let count: Int
    switch length {
    case .bytes(let bytes): count = bytes
    case .rest: count = max(0, region.upperBound - start) / 8
    case .slot(let slot):
      guard let bytes = number(slot), (0...Int64(BinaryLayout.mostBytes)).contains(bytes) else {
        throw Refusal(.malformed, "the length of the field '\(nameText(field.name))' is missing or no number of bytes")
      }
      count = Int(bytes)
    }
    guard try has(field, start, count * 8) else { return nil }
    try work(count / 8)
    return UnsafeRawBufferPointer(rebasing: payload[start / 8..<start / 8 + count])
  }

  private func number(_ raw: UInt64, _ slice: CompiledSlice) -> LayoutReading {
    switch slice.coding {
    case .signed:
      let unused = UInt64(64 - slice.bits)
      return LayoutReading(.integer(Int64(bitPattern: raw << unused) >> Int64(unused)))
    case .signMagnitude:
      let magnitude = Int64(bitPattern: raw & LayoutBits.ones(slice.bits - 1))
      return LayoutReading(.integer(raw >> UInt64(slice.bits - 1) & 1 == 1 ? -magnitude : magnitude))
    case .float: return LayoutReading(float: raw, bits: slice.bits)
    case .bcd: return LayoutReading(bcd: raw)
    case .boolean: return LayoutReading(.boolean(raw != 0))
    default: return LayoutReading(unsigned: raw)
    }
  }

  private func hexReading(_ bytes: UnsafeRawBufferPointer, isReversed: Bool) -> LayoutReading {
    withUnsafeTemporaryAllocation(byteCount: bytes.count * 2, alignment: 1) { text in
      for offset in 0..<bytes.count {
        let byte = bytes[isReversed ? bytes.count - 1 - offset : offset]
        text[offset * 2] = LayoutReading.hexDigit(byte >> 4)
        text[offset * 2 + 1] = LayoutReading.hexDigit(byte & 0xF)
      }
      return LayoutReading(.text(records.keep(text)))
    }
  }
}

/// Names.
extension LayoutRun {
  /// A name as it is written in the layout.
  private func nameText(_ name: Range<Int>) -> String {
    program.pieces[name].reduce(into: "") { text, piece in
      switch piece {
      case .literal(let range): text += String(decoding: program.name(range), as: UTF8.self)
      case .round: text += "{n}"
      case .channel: text += "{channel}"
      }
    }
  }

  private mutating func addNamed(_ name: Range<Int>, _ reading: LayoutReading) throws(Refusal) {
    if name.count == 1, case .literal(let range) = program.pieces[name.lowerBound] {
      return add(program.name(range), reading.value, reading.quality)
    }
    try work(1)
    add(numberedName(name), reading.value, reading.quality)
  }

  private func numberedName(_ name: Range<Int>) -> UnsafeRawBufferPointer {
    let mostBytes = BinaryLayout.mostNameBytes + name.count * LayoutReading.mostDigits
    return withUnsafeTemporaryAllocation(byteCount: mostBytes, alignment: 1) { text in
      var end = 0
      for piece in program.pieces[name] {
        switch piece {
        case .literal(let range):
          for byte in program.name(range) {
            text[end] = byte
            end += 1
          }
        case .round: end = LayoutReading.put(UInt64(round), into: text, at: end)
        case .channel: end = LayoutReading.put(channel, into: text, at: end)
        }
      }
      return records.keep(text[..<end])
    }
  }
}
