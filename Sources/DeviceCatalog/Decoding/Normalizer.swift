import Glibc
import Telemetry
import WireFormats

/// Turns a metric's raw value into a value in the canonical unit, or says why it is bad.
///
/// In this order: null is `missing`; a number that nothing holds is `overflow`; a type that the metric does not take is
/// `type`, and so is a unit of another dimension; a raw value among `missing` is `missing`; raw × scale + offset outside
/// `range` is `range`; what is not finite after the unit, or beyond 1e150, is `not-finite`.
///
/// Its lists stand in memory that it does not count references to, so that a copy costs nothing; whoever makes it frees it.
struct Normalizer {
  /// So far from the end of the numbers that no sum of readings reaches it, nor a sum of their squares.
  static let greatest = 1e150

  let kind: MetricKind
  private let scale: Double
  private let offset: Double
  private let missing: UnsafeBufferPointer<Number>
  private let lowest: Double
  private let highest: Double
  private let factor: Double
  private let unitOffset: Double
  /// Values are stored as they come.
  private let isIdentity: Bool
  private let states: StateMatcher
  /// How numbers stand in texts; nil where a text is none.
  private let texts: NumberText?
  /// Those that a format may give with a number; nil where there are none.
  private let units: UnitNames?

  init(_ metric: Metric) {
    kind = metric.kind
    scale = metric.scale
    offset = metric.offset
    missing = .copy(of: metric.missing)
    lowest = metric.range?.lowerBound ?? -.infinity
    highest = metric.range?.upperBound ?? .infinity
    factor = metric.unit?.factor ?? 1
    unitOffset = metric.unit?.offset ?? 0
    isIdentity = scale == 1 && offset == 0 && factor == 1 && unitOffset == 0
    states = StateMatcher(metric.states)
    units = metric.quantityUnits.isEmpty ? nil : UnitNames(metric.quantityUnits)
    texts = metric.textForm.map { NumberText(units: $0 == .quantity ? metric.quantityUnits : nil) }
  }

  func deallocate() {
    missing.deallocate()
    states.deallocate()
  }

  /// For a state the value is its index among the metric's names. A whole number stays exact where it needs no
  /// conversion.
  ///
  /// - Parameter unit: in which the message says that a number is; then raw × scale + offset is in that, and not in the
  ///   metric's. Empty where it does not say.
  func normalize(_ raw: RawValue, unit: UnsafeRawBufferPointer) -> (quality: Quality, value: Number) {
    let number: Number
    switch raw {
    case .null, .absent: return (.missing, .zero)
    case .unheld: return (.overflow, .zero)
    case _ where kind == .state: return state(raw)
    case .integer(let integer): number = Number(integer)
    case .unsigned(let integer): number = Number(integer)
    case .double(let double): number = Number(double)
    case .text(let text):
      guard let texts, let quantity = texts.number(in: text) else { return (.type, .zero) }
      if let unit = quantity.unit { return normalize(quantity.number, unit: unit) }
      number = quantity.number
    case .boolean, .list, .object: return (.type, .zero)
    }
    return unit.isEmpty ? normalize(number, unit: nil) : normalize(number, named: unit)
  }

  private func normalize(_ number: Number, named name: UnsafeRawBufferPointer) -> (quality: Quality, value: Number) {
    guard let unit = units?.scale(of: name) else { return (.type, .zero) }
    if unit.factor == factor, unit.offset == unitOffset { return normalize(number, unit: nil) }
    for sentinel in missing where sentinel == number { return (.missing, .zero) }
    return converted(number.value * scale + offset, from: unit)
  }

  private func state(_ raw: RawValue) -> (quality: Quality, value: Number) {
    if let index = states.index(of: raw) { return (.good, Number(Double(index))) }
    switch raw {
    case .list, .object: return (.type, .zero)
    default: return (.state, .zero)
    }
  }

  /// - Parameter unit: the one that the message says; then nothing else is in its place but `range`.
  @inline(__always)
  private func normalize(_ number: Number, unit: UnitScale?) -> (quality: Quality, value: Number) {
    for sentinel in missing where sentinel == number { return (.missing, .zero) }
    if let unit { return converted(number.value, from: unit) }
    let scaled = number.value * scale + offset
    if scaled < lowest || scaled > highest { return (.range, .zero) }
    let value = scaled * factor + unitOffset
    guard abs(value) <= Normalizer.greatest else { return (.notFinite, .zero) }
    return (.good, isIdentity ? number : Number(value))
  }

  private func converted(_ number: Double, from unit: UnitScale) -> (quality: Quality, value: Number) {
    let value = number * unit.factor + unit.offset
    let inUnit = (value - unitOffset) / factor
    if inUnit < lowest || inUnit > highest { return (.range, .zero) }
    return abs(value) <= Normalizer.greatest ? (.good, Number(value)) : (.notFinite, .zero)
  }
}

/// Finds a raw value among a state's names without making a String.
private struct StateMatcher {
  /// A raw text's place in `bytes`, and the index of its name.
  private struct Text {
    let start: Int
    let count: Int
    let index: Int
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private let texts: UnsafeBufferPointer<Text>
  private let integers: UnsafeBufferPointer<(value: Int64, index: Int)>

  init(_ states: StateNames) {
    let pairs = states.indices.sorted { $0.key < $1.key }
    var bytes: [UInt8] = []
    var texts: [Text] = []
    for (raw, index) in pairs {
      texts.append(Text(start: bytes.count, count: raw.utf8.count, index: index))
      bytes += raw.utf8
    }
    self.bytes = .copy(of: bytes)
    self.texts = .copy(of: texts)
    integers = .copy(of: pairs.compactMap { pair in Int64(pair.key).map { ($0, pair.value) } })
  }

  func deallocate() {
    bytes.deallocate()
    texts.deallocate()
    integers.deallocate()
  }

  func index(of raw: RawValue) -> Int? {
    switch raw {
    case .text(let text): return index(of: text)
    case .integer(let integer): return integers.first { $0.value == integer }?.index
    case .double(let double): return integers.first { Double($0.value) == double }?.index
    case .boolean(let isTrue):
      let word: StaticString = isTrue ? "true" : "false"
      return index(of: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    default: return nil
    }
  }

  private func index(of raw: UnsafeRawBufferPointer) -> Int? {
    for text in texts where text.count == raw.count {
      if text.count == 0 || memcmp(bytes.baseAddress! + text.start, raw.baseAddress!, text.count) == 0 {
        return text.index
      }
    }
    return nil
  }
}

extension UnsafeBufferPointer {
  /// The same elements in memory of their own.
  fileprivate static func copy(of elements: [Element]) -> UnsafeBufferPointer {
    let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: Swift.max(1, elements.count))
    _ = memory.initialize(from: elements)
    return UnsafeBufferPointer(rebasing: memory[..<elements.count])
  }
}
