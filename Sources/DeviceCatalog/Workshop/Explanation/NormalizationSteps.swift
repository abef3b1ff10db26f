import StrictYAML
import Telemetry
import WireFormats

/// What `Normalizer` does to a raw value, in sentences with the numbers.
///
/// It goes the same way step by step; a test holds both to the same end, over all examples and at random.
struct NormalizationSteps {
  private(set) var sentences: [String] = []
  private(set) var quality = Quality.good
  private(set) var number = Number.zero
  private let metric: Metric

  /// - Parameters:
  ///   - remark: what the device says of the value.
  ///   - unit: in which the message says that it is; empty where it does not say.
  init(_ raw: FoundValue, remark: Quality, unit: String, of metric: Metric) {
    self.metric = metric
    if remark == .good {
      take(raw, unit: unit)
    } else {
      fail(remark, remark == .stale ? "what it hangs on has gone" : "the device says itself that it is none to go by")
    }
  }

  private mutating func take(_ raw: FoundValue, unit: String) {
    switch raw {
    case .null: fail(.missing, "null is no value")
    case .unheld: fail(.overflow, "neither a 64-bit integer nor a double holds the number")
    case _ where metric.kind == .state: takeState(raw)
    case .number(let number): take(number, unit: unit)
    case .text(let text): takeText(text, unit: unit)
    case .boolean, .list, .object: fail(.type, "\(raw.text) is no number")
    }
  }

  private mutating func fail(_ quality: Quality, _ sentence: String) {
    self.quality = quality
    number = .zero
    sentences.append(sentence)
  }

  // MARK: States

  private mutating func takeState(_ raw: FoundValue) {
    switch raw {
    case .list, .object: return fail(.type, "\(raw.text) is no state")
    default: break
    }
    guard let index = metric.states.index(of: raw) else {
      let known = metric.states.indices.keys.sorted()
      let word = if case .text(let text) = raw { nearestHint(to: text, among: known) } else { "" }
      return fail(.state, "\(raw.text) is none of the states' \(JSONTree.list(known))\(word)")
    }
    number = Number(Double(index))
    sentences.append("the state of \(raw.text) is \(metric.states.names[index])")
  }

  // MARK: Numbers

  private mutating func takeText(_ text: String, unit: String) {
    var copy = text
    let reader = metric.textForm.map { NumberText(units: $0 == .quantity ? metric.quantityUnits : nil) }
    guard let reader else { return fail(.type, "a text is no number here; 'text: number' reads those that are") }
    guard let found = copy.withUTF8({ reader.number(in: UnsafeRawBufferPointer($0)) }) else {
      let form = metric.textForm == .quantity ? "a number, alone or with a unit of \(dimension)" : "a number"
      return fail(.type, "the text does not hold \(form)")
    }
    guard let said = found.unit else { return take(found.number, unit: unit) }
    sentences.append("the text holds \(found.number.text) and a unit")
    if isMissing(found.number) { return }
    convert(found.number.value, from: said, called: "the text's unit")
  }

  private mutating func take(_ raw: Number, unit: String) {
    if unit.isEmpty { return takeInMetricsUnit(raw) }
    guard let said = metric.quantityUnits.first(where: { $0.key.utf8.elementsEqual(unit.utf8) })?.value else {
      return fail(.type, "the message says the unit '\(unit.inOneLine(atMost: 40))', which is none of \(dimension)")
    }
    if said.factor == metric.unit?.factor, said.offset == metric.unit?.offset { return takeInMetricsUnit(raw) }
    if isMissing(raw) { return }
    let scaled = scale(raw, unit: said.code)
    convert(scaled, from: UnitScale(said), called: said.code)
  }

  private mutating func takeInMetricsUnit(_ raw: Number) {
    if isMissing(raw) { return }
    let scaled = scale(raw, unit: metric.unit?.code ?? "")
    guard isInRange(scaled) else { return }
    let (factor, offset) = (metric.unit?.factor ?? 1, metric.unit?.offset ?? 0)
    let value = scaled * factor + offset
    guard isFinite(value) else { return }
    let isUnchanged = metric.scale == 1 && metric.offset == 0 && factor == 1 && offset == 0
    number = isUnchanged ? raw : Number(value)
    tellConversion(scaled, metric.unit?.code ?? "", factor, offset, value)
  }

  /// - Parameter unit: in the canonical unit, `value × factor + offset`.
  private mutating func convert(_ raw: Double, from unit: UnitScale, called name: String) {
    let value = raw * unit.factor + unit.offset
    let inUnit = (value - (metric.unit?.offset ?? 0)) / (metric.unit?.factor ?? 1)
    guard isInRange(inUnit), isFinite(value) else { return }
    number = Number(value)
    tellConversion(raw, name, unit.factor, unit.offset, value)
  }

  private mutating func isMissing(_ raw: Number) -> Bool {
    guard metric.missing.contains(raw) else { return false }
    fail(.missing, "\(raw.text) is one of 'missing'")
    return true
  }

  private mutating func scale(_ raw: Number, unit: String) -> Double {
    let scaled = raw.value * metric.scale + metric.offset
    if metric.scale != 1 || metric.offset != 0 {
      sentences.append("\(raw.text)\(formula(metric.scale, metric.offset)) = \(Number(scaled).text) \(unit)")
    }
    return scaled
  }

  /// - Parameter value: in the metric's unit.
  private mutating func isInRange(_ value: Double) -> Bool {
    guard let range = metric.range else { return true }
    let isIn = !(value < range.lowerBound || value > range.upperBound)
    let limits =
      "[\(Number(range.lowerBound).text), \(Number(range.upperBound).text)] \(metric.unit?.code ?? "")"
    if isIn {
      sentences.append("\(Number(value).text) is within the range \(limits)")
    } else {
      fail(.range, "\(Number(value).text) is outside the range \(limits)")
    }
    return isIn
  }

  private mutating func isFinite(_ value: Double) -> Bool {
    if abs(value) <= Normalizer.greatest { return true }
    fail(.notFinite, "\(value) is beyond \(Normalizer.greatest)")
    return false
  }

  private mutating func tellConversion(
    _ value: Double, _ unit: String, _ factor: Double, _ offset: Double, _ converted: Double
  ) {
    guard factor != 1 || offset != 0 else { return }
    sentences.append(
      "\(Number(value).text) \(unit)\(formula(factor, offset)) = \(Number(converted).text) \(metric.canonicalUnit ?? "")"
    )
  }

  /// ` × 0.1 - 17.8`; nothing where a factor is 1, or an offset 0.
  private func formula(_ factor: Double, _ offset: Double) -> String {
    let product = factor == 1 ? "" : " × \(Number(factor).text)"
    return offset == 0 ? product : product + (offset < 0 ? " - " : " + ") + Number(abs(offset)).text
  }

  private var dimension: String { metric.unit?.dimension ?? "" }
}

extension StateNames {
  /// The index of the name of a raw value; nil where it is not named.
  func index(of raw: FoundValue) -> Int? {
    switch raw {
    case .text(let text): indices.first { $0.key.utf8.elementsEqual(text.utf8) }?.value
    case .boolean(let isTrue): indices[isTrue ? "true" : "false"]
    // Numbers are compared as such: `01` names 1 too, and the first in the order of their texts counts.
    case .number(let number):
      indices.sorted { $0.key < $1.key }.first { Int64($0.key).map { Number($0) } == number }?.value
    case .null, .list, .object, .unheld: nil
    }
  }
}
