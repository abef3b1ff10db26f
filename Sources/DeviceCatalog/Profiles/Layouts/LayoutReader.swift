import StrictYAML
import WireFormats

extension BinaryLayout {
  static let knownKeys = ["endian", "fields", "ports"]

  /// Reads a layout as BinaryLayouts.md describes it; what cannot be right is refused with its place.
  public init(_ value: YAMLValue) throws(YAMLError) {
    var reader = LayoutReader(value)
    let definition = try reader.definition()
    do {
      try self.init(definition)
    } catch {
      throw reader.error(error)
    }
  }
}

/// From YAML to the plain values of a layout.
///
/// Invariants
/// - Each step's origin is the index of its place among `places`; 0 is the whole layout.
/// - What YAML's aliases multiply ends at the limits of a layout.
struct LayoutReader {
  private var places: [YAMLValue]
  private(set) var order: LayoutOrder = .big
  private var depth = 0

  init(_ value: YAMLValue) { places = [value] }

  mutating func definition() throws(YAMLError) -> LayoutDefinition {
    let root = try places[0].mapping(known: BinaryLayout.knownKeys)
    if let endian = root["endian"] { order = try endian.choice(LayoutOrder.self) }
    var definition = LayoutDefinition(standard: nil)
    if let fields = root["fields"] { definition.standard = try steps(fields) }
    for (key, block) in try root["ports"]?.entries() ?? [] {
      let port = UInt8(try key.wholeNumber(in: 0...255))
      guard definition.ports[port] == nil else { throw key.error("the port \(port) stands twice") }
      definition.ports[port] = try steps(block)
    }
    return definition
  }

  func error(_ fault: LayoutFault) -> YAMLError {
    places[fault.origin].error(fault.message + (fault.unknown.map { nearestHint(to: $0, among: fault.known) } ?? ""))
  }

  mutating func steps(_ value: YAMLValue) throws(YAMLError) -> [LayoutStep] {
    if value.isNull { return [] }
    depth += 1
    defer { depth -= 1 }
    guard depth <= BinaryLayout.deepestNesting else {
      throw value.error("blocks of fields are at most \(BinaryLayout.deepestNesting) deep in each other")
    }
    var steps: [LayoutStep] = []
    for item in try value.items() {
      guard places.count <= BinaryLayout.mostSteps else {
        throw item.error("a layout has at most \(BinaryLayout.mostSteps) steps")
      }
      let origin = places.count
      places.append(item)
      steps.append(LayoutStep(try action(item), origin: origin))
    }
    return steps
  }

  private enum Kind: String, CaseIterable {
    case field = "name"
    case skip
    case skipBits = "skip-bits"
    case constant = "const"
    case checksum, select, when
    case repeats = "repeat"
    case stream

    var knownKeys: [String] {
      switch self {
      case .field: LayoutReader.fieldKeys
      case .skip, .skipBits: []
      case .constant: ["at"]
      case .checksum: ["at", "endian", "from", "to"]
      case .select: ["bit", "bits", "cases", "otherwise"]
      case .when: ["bit", "bits", "is", "fields"]
      case .repeats: ["each", "every", "first", "from", "size", "leave", "number-from", "fields"]
      case .stream: ["endian", "types", "unknown", "leave"]
      }
    }
  }

  /// A step is of the kind whose key it has.
  private mutating func action(_ item: YAMLValue) throws(YAMLError) -> LayoutStep.Action {
    let keys = try item.entries().map { entry throws(YAMLError) in try entry.key.string() }
    guard let kind = Kind.allCases.first(where: { keys.contains($0.rawValue) }) else {
      let kinds = Kind.allCases.map(\.rawValue)
      let hint = keys.lazy.map { nearestHint(to: $0, among: kinds) }.first { !$0.isEmpty } ?? ""
      throw item.error("expected one of the keys \(kinds.joined(separator: ", "))\(hint)")
    }
    let step = try item.mapping(known: [kind.rawValue] + kind.knownKeys)
    let value = try step.required(kind.rawValue)
    switch kind {
    case .field: return .field(try field(step))
    case .skip: return .skip(bits: try value.wholeNumber(in: 1...BinaryLayout.mostBytes) * 8)
    case .skipBits: return .skip(bits: try value.wholeNumber(in: 1...BinaryLayout.mostBytes * 8))
    case .constant: return .constant(try value.hexBytes(), at: try step["at"].map(Self.place) ?? .next)
    case .checksum: return .checksum(try checksum(value.choice(LayoutChecksumKind.self), step))
    case .select: return .select(try select(value, step))
    case .when: return .select(try when(value, step))
    case .repeats: return .repeats(try repeats(value, step))
    case .stream: return .stream(try stream(value, step))
    }
  }

  private func checksum(_ kind: LayoutChecksumKind, _ step: YAMLMapping) throws(YAMLError) -> LayoutChecksum {
    var sum = LayoutChecksum(kind, at: .beforeEnd(kind.bits / 8), order: order)
    if let at = step["at"] { sum.at = try Self.place(at) }
    if let endian = step["endian"] { sum.order = try endian.choice(LayoutOrder.self) }
    if let from = step["from"] { sum.from = try Self.place(from) }
    if let to = step["to"] { sum.to = try Self.place(to) }
    return sum
  }

  /// A byte from the region's begin, a negative one from its end, or `same`.
  static func place(_ value: YAMLValue) throws(YAMLError) -> LayoutPlace {
    if try value.string() == "same" { return .same }
    let offset = try value.wholeNumber(in: -BinaryLayout.mostBytes...BinaryLayout.mostBytes)
    return offset < 0 ? .beforeEnd(-offset) : .byte(offset)
  }
}

extension YAMLValue {
  /// A whole number, decimal or with `0x` or `0b`.
  func wholeNumber(in range: ClosedRange<Int>) throws(YAMLError) -> Int {
    let number = try wholeNumber()
    guard let number = Int(exactly: number), range.contains(number) else {
      throw error("\(number) is outside \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func wholeNumber() throws(YAMLError) -> Int128 {
    let text = try string()
    let number: Int128? =
      if text.hasPrefix("0x") { Self.unsigned(text, radix: 16) } else if text.hasPrefix("0b") {
        Self.unsigned(text, radix: 2)
      } else { Int128(text) }
    guard let number else { throw error("expected a whole number, such as 12, -1, 0x7F or 0b11, not '\(text)'") }
    return number
  }

  private static func unsigned(_ text: String, radix: Int) -> Int128? {
    UInt64(text.dropFirst(2), radix: radix).map { Int128($0) }
  }

  /// Bytes as hexadecimal digits, with spaces between them or without.
  func hexBytes() throws(YAMLError) -> [UInt8] {
    var text = try string()[...]
    if text.hasPrefix("0x") { text = text.dropFirst(2) }
    let digits = text.filter { $0 != " " }.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
    guard !digits.isEmpty, digits.count % 2 == 0, digits.count == text.filter({ $0 != " " }).count else {
      throw error("expected bytes as hexadecimal digits, two each, such as '80 01'")
    }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }
}
