import WireFormats

/// Reads numbers that stand in texts, alone or with their unit: `21.5`, `2000 mm`, `21,5 °C`.
final class NumberText: Sendable {
  /// Longer texts are no numbers.
  private static let longestBytes = 64

  /// By code and spelling; nil where no unit may stand there.
  private let units: [String: Unit]?

  init(units: [String: Unit]?) {
    self.units = units
  }

  /// The number and, where one stands behind it, its unit; nil for anything else.
  func number(in text: UnsafeRawBufferPointer) -> (number: Number, unit: UnitScale?)? {
    let trimmed = NumberText.trimmed(text)
    guard (1...NumberText.longestBytes).contains(trimmed.count) else { return nil }
    let end = trimmed.firstIndex { !NumberText.isPartOfNumber($0) } ?? trimmed.endIndex
    // An exponent needs its digits: "2 e" is none, and "2eV" is two of a unit.
    for end in [end, trimmed[..<end].lastIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? end] {
      guard let number = Number(NumberText.digits(trimmed[..<end])) else { continue }
      let rest = String(decoding: NumberText.trimmed(UnsafeRawBufferPointer(rebasing: trimmed[end...])), as: UTF8.self)
      if rest.isEmpty { return (number, nil) }
      guard let unit = units?[rest] else { return nil }
      return (number, UnitScale(unit))
    }
    return nil
  }

  private static func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let first = text.firstIndex(where: { $0 > 0x20 }), let last = text.lastIndex(where: { $0 > 0x20 }) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(rebasing: text[first...last])
  }

  private static func isPartOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: ","), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// One comma without a point is a decimal comma.
  private static func digits(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    let hasDecimalComma =
      !bytes.contains(UInt8(ascii: ".")) && bytes.count { $0 == UInt8(ascii: ",") } == 1
    let digits = bytes.map { hasDecimalComma && $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }
    // Swift takes no plus before a double's digits but does before an integer's.
    return String(decoding: digits.first == UInt8(ascii: "+") ? digits.dropFirst() : digits[...], as: UTF8.self)
  }
}
