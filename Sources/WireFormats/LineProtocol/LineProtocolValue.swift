import Telemetry

/// A value as a line holds it, and whether it is one.
struct LineProtocolValue {
  let value: RawValue
  let quality: Quality

  init(_ value: RawValue, _ quality: Quality = .good) {
    self.value = value
    self.quality = quality
  }

  /// - Parameter word: a value that is no text, up to what ends it.
  init(word: UnsafeRawBufferPointer) {
    switch word.last {
    case nil: self.init(.null, .missing)
    case UInt8(ascii: "i"): self.init(integer: word)
    case UInt8(ascii: "u"): self.init(unsigned: word)
    default:
      if let number = DecimalNumber(word) {
        self.init(number.double.map { .double($0) })
      } else if let boolean = LineProtocolValue.boolean(word) {
        self.init(.boolean(boolean))
      } else {
        self.init(.text(word), .type)
      }
    }
  }

  /// - Parameter number: nil for one that nothing holds.
  private init(_ number: RawValue?) { self.init(number ?? .unheld, number == nil ? .overflow : .good) }

  private init(integer word: UnsafeRawBufferPointer) {
    guard let number = DecimalNumber(word.part(0..<word.count - 1)), number.isWhole else {
      self.init(.text(word), .type)
      return
    }
    self.init(number.integer.map { .integer($0) })
  }

  private init(unsigned word: UnsafeRawBufferPointer) {
    guard let number = DecimalNumber(word.part(0..<word.count - 1)), number.isWhole, !number.isNegative else {
      self.init(.text(word), .type)
      return
    }
    self.init(number.unsigned.map { unsigned in Int64(exactly: unsigned).map { .integer($0) } ?? .unsigned(unsigned) })
  }

  /// The spellings that line protocol has: `t`, `T`, `true`, `True`, `TRUE` and so on; nil for any other.
  private static func boolean(_ word: UnsafeRawBufferPointer) -> Bool? {
    let rest = word.dropFirst()
    switch word.first {
    case UInt8(ascii: "t"): return rest.isEmpty || rest.elementsEqual("rue".utf8) ? true : nil
    case UInt8(ascii: "T"):
      return rest.isEmpty || rest.elementsEqual("rue".utf8) || rest.elementsEqual("RUE".utf8) ? true : nil
    case UInt8(ascii: "f"): return rest.isEmpty || rest.elementsEqual("alse".utf8) ? false : nil
    case UInt8(ascii: "F"):
      return rest.isEmpty || rest.elementsEqual("alse".utf8) || rest.elementsEqual("ALSE".utf8) ? false : nil
    default: return nil
    }
  }
}
