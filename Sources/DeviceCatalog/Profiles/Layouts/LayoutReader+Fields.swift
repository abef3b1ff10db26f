import StrictYAML
import Telemetry
import WireFormats

extension LayoutReader {
  private static let sliceKeys = ["at", "at-bit", "bit", "bits", "bytes", "word", "type", "endian"]
  static let fieldKeys =
    sliceKeys + ["missing", "optional", "parts", "radix", "epoch", "format", "digits", "zone"]

  func field(_ step: YAMLMapping) throws(YAMLError) -> LayoutField {
    let name = try step.required("name").string()
    var field = LayoutField(name, LayoutSlice(.unsigned))
    if let parts = step["parts"] {
      field.parts = try parts.items().map { item throws(YAMLError) in
        try slice(try item.mapping(known: Self.sliceKeys), isPart: true)
      }
      for key in Self.sliceKeys where key != "type" {
        if let extra = step[key] { throw extra.error("of a field in parts each part has its \(key)") }
      }
      if let type = step["type"] { field.slice.coding = try joined(type) }
      if let radix = step["radix"] { field.radix = try radix.wholeNumber(in: 2...Int(Int32.max)) }
    } else {
      if let radix = step["radix"] { throw radix.error("only a field in parts has a radix") }
      field.slice = try slice(step, isPart: false)
    }
    if let list = step["missing"] { field.missing = try missing(list, field) }
    if let value = step["optional"] { field.isOptional = try value.boolean() }
    if let value = step["epoch"] { field.epochSeconds = try Self.epoch(value) }
    return field
  }

  private enum TypeWord: String, CaseIterable {
    case uint, int
    case signMagnitude = "sign-magnitude"
    case bcd, float, bool, text, hex, digits, time
  }

  /// A type and the bits in its name: `int24`.
  private func type(_ value: YAMLValue) throws(YAMLError) -> (word: TypeWord, bits: Int?) {
    let text = try value.string()
    let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard let word = TypeWord(rawValue: String(text.dropLast(digits))) else {
      let words = TypeWord.allCases.map(\.rawValue)
      throw value.error(
        "'\(text)' is none of \(words.joined(separator: ", "))\(nearestHint(to: text, among: words)), with or without a number of bits"
      )
    }
    guard digits > 0 else { return (word, nil) }
    guard let bits = Int(text.suffix(digits)), (1...64).contains(bits) else {
      throw value.error("'\(text)': a number has 1 to 64 bits")
    }
    return (word, bits)
  }

  private func joined(_ value: YAMLValue) throws(YAMLError) -> LayoutCoding {
    let (word, bits) = try type(value)
    guard bits == nil else { throw value.error("the bits of a field in parts are those of its parts") }
    switch word {
    case .uint: return .unsigned
    case .int: return .signed
    case .signMagnitude: return .signMagnitude
    case .bcd: return .bcd
    case .float: return .float
    case .bool: return .boolean
    case .text, .hex, .digits, .time: throw value.error("a field in parts is a number")
    }
  }

  private func slice(_ step: YAMLMapping, isPart: Bool) throws(YAMLError) -> LayoutSlice {
    let written = try step["type"].map { value throws(YAMLError) in try type(value) }
    let isFlag = written == nil && step["bit"] != nil && step["bits"] == nil && !isPart
    let word = written?.word ?? (isFlag ? .bool : .uint)
    for (key, words) in [("format", [TypeWord.time]), ("digits", [.time]), ("zone", [.time])]
    where !words.contains(word) {
      if let extra = step[key] { throw extra.error("only a field of type time has '\(key)'") }
    }
    var slice = LayoutSlice(try coding(word, step), at: try place(step), order: order)
    // Ids are written in the order of their bytes, whatever the order of the numbers.
    if word == .hex { slice.order = .big }
    if let endian = step["endian"] { slice.order = try endian.choice(LayoutOrder.self) }
    slice.bit = try step["bit"].map { value throws(YAMLError) in try value.wholeNumber(in: 0...63) }
    slice.word = try step["word"].map { value throws(YAMLError) in try value.wholeNumber(in: 8...64) }
    if ![.text, .hex, .digits, .time].contains(word) {
      slice.bits = try bits(written?.bits, word, step)
    } else if let extra = step["bits"] ?? step["bit"] {
      throw extra.error("a text or a time has bytes, no bits")
    }
    return slice
  }

  private func place(_ step: YAMLMapping) throws(YAMLError) -> LayoutPlace {
    guard let atBit = step["at-bit"] else { return try step["at"].map(Self.place) ?? .next }
    if let at = step["at"] { throw at.error("a field has 'at' or 'at-bit', not both") }
    return .bits(try atBit.wholeNumber(in: 0...BinaryLayout.mostBytes * 8))
  }

  /// From the type's name, `bits` or `bytes`: one of them says it.
  private func bits(_ written: Int?, _ word: TypeWord, _ step: YAMLMapping) throws(YAMLError) -> Int {
    let ways = (written == nil ? 0 : 1) + (step["bits"] == nil ? 0 : 1) + (step["bytes"] == nil ? 0 : 1)
    guard ways <= 1 else {
      throw step.whole.error("the width stands in the type, in 'bits' or in 'bytes', in one of them")
    }
    if let written { return written }
    if let bits = step["bits"] { return try bits.wholeNumber(in: 1...64) }
    if let bytes = step["bytes"] { return try bytes.wholeNumber(in: 1...8) * 8 }
    if word == .bool { return step["bit"] == nil ? 8 : 1 }
    if step["bit"] != nil { return 1 }
    throw step.whole.error("how wide is it? write a type such as int16, or 'bits' or 'bytes'")
  }

  private func coding(_ word: TypeWord, _ step: YAMLMapping) throws(YAMLError) -> LayoutCoding {
    switch word {
    case .uint: .unsigned
    case .int: .signed
    case .signMagnitude: .signMagnitude
    case .bcd: .bcd
    case .float: .float
    case .bool: .boolean
    case .text: .text(try length(step))
    case .hex: .hexText(try length(step))
    case .digits: .digits(try length(step))
    case .time: .time(try time(step))
    }
  }

  /// A number of bytes, `rest`, or the name of an earlier field.
  private func length(_ step: YAMLMapping) throws(YAMLError) -> LayoutLength {
    let value = try step.required("bytes")
    let text = try value.string()
    if text == "rest" { return .rest }
    guard let first = text.utf8.first, !(0x30...0x39).contains(first), first != UInt8(ascii: "-") else {
      return .bytes(try value.wholeNumber(in: 1...BinaryLayout.mostBytes))
    }
    return .field(text)
  }

  private enum TimeDigits: String, CaseIterable {
    case bcd, binary
  }

  private func time(_ step: YAMLMapping) throws(YAMLError) -> LayoutTime {
    if let extra = step["bytes"] { throw extra.error("the bytes of a time are those of its format") }
    var time = LayoutTime(format: try step.required("format").string())
    if let digits = step["digits"] { time.isBinary = try digits.choice(TimeDigits.self) == .binary }
    if let zone = step["zone"] { time.zoneOffset = try Self.zone(zone) }
    return time
  }

  private static func zone(_ value: YAMLValue) throws(YAMLError) -> Int64 {
    let text = try value.string()
    guard let offset = civilTime("2000-01-01T00:00:00" + text)?.zoneOffset else {
      throw value.error("'\(text)' is no offset from UTC such as +08:00 or Z")
    }
    return offset
  }

  /// Unix seconds of the moment that a device counts from.
  private static func epoch(_ value: YAMLValue) throws(YAMLError) -> Int64 {
    let text = try value.string()
    let time = civilTime(text) ?? civilTime(text + "T00:00:00Z")
    guard let time, let zone = time.zoneOffset else {
      throw value.error("'\(text)' is no moment such as 2000-01-01 or 2000-01-01T00:00:00Z")
    }
    return time.wallSeconds - zone
  }

  private static func civilTime(_ text: String) -> CivilTime? {
    Array(text.utf8).withUnsafeBytes { CivilTime.parse($0) }
  }

  /// Raw bits; a negative number stands for its two's complement of the field's width.
  private func missing(_ list: YAMLValue, _ field: LayoutField) throws(YAMLError) -> [UInt64] {
    let width =
      field.radix != nil ? 64 : field.parts.isEmpty ? field.slice.bits : field.parts.reduce(0) { $0 + $1.bits }
    return try list.items().map { item throws(YAMLError) in
      let number = try item.wholeNumber()
      // Wider ones are refused by the layout, which knows the bits of a time, too.
      guard number < 0 else { return UInt64(clamping: number) }
      guard (1...64).contains(width), number >= -(1 << (width - 1)) else {
        throw item.error("\(number) does not fit in \(width) bits")
      }
      return UInt64(truncatingIfNeeded: number) & (.max >> UInt64(64 - width))
    }
  }
}
