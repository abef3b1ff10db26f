import CSimdJSON
import Glibc
import Telemetry

/// Turns a metric's raw JSON value into a value in the canonical unit, or says why it is bad.
///
/// In this order: null is `missing`; a number that nothing holds is `overflow`; a type that the metric does not take is
/// `type`; a raw value among `missing` is `missing`; raw × scale + offset outside `range` is `range`; what is not finite
/// after the unit, or beyond 1e150, is `not-finite`.
///
/// Its lists stand in memory that it does not count references to, so that a copy costs nothing; whoever makes it frees it.
struct Normalizer {
  /// So far from the end of the numbers that no sum of readings reaches it, nor a sum of their squares.
  private static let greatest = 1e150

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
  }

  func deallocate() {
    missing.deallocate()
    states.deallocate()
  }

  /// For a state the value is its index among the metric's names. A whole number stays exact where it needs no
  /// conversion.
  func normalize(_ raw: csj_value) -> (quality: Quality, value: Number) {
    if raw.type == CSJ_NULL { return (.missing, .zero) }
    if raw.type == CSJ_UNHELD { return (.overflow, .zero) }
    if kind == .state {
      guard let index = states.index(of: raw) else {
        return (raw.type == CSJ_ARRAY || raw.type == CSJ_OBJECT ? .type : .state, .zero)
      }
      return (.good, Number(Double(index)))
    }
    let number: Number
    switch raw.type {
    case CSJ_INT64: number = Number(raw.number.int64)
    case CSJ_UINT64: number = Number(raw.number.uint64)
    case CSJ_DOUBLE: number = Number(raw.number.float64)
    default: return (.type, .zero)
    }
    for sentinel in missing where sentinel == number { return (.missing, .zero) }
    let scaled = number.value * scale + offset
    if scaled < lowest || scaled > highest { return (.range, .zero) }
    let value = scaled * factor + unitOffset
    guard abs(value) <= Normalizer.greatest else { return (.notFinite, .zero) }
    return (.good, isIdentity ? number : Number(value))
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

  func index(of raw: csj_value) -> Int? {
    switch raw.type {
    case CSJ_STRING: return raw.text.flatMap(index)
    case CSJ_INT64: return integers.first { $0.value == raw.number.int64 }?.index
    case CSJ_DOUBLE: return integers.first { Double($0.value) == raw.number.float64 }?.index
    case CSJ_BOOL:
      let word: StaticString = raw.number.boolean != 0 ? "true" : "false"
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
