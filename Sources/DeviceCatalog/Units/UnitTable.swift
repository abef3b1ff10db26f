import StrictYAML

/// A UCUM unit and the way from it to its dimension's canonical unit: `canonical = value × factor + offset`.
public struct Unit: Equatable, Sendable {
  /// UCUM code, case-sensitive.
  public let code: String
  public let dimension: String
  public let factor: Double
  public let offset: Double
  /// Names by language code, `en` and `zh`.
  public let names: [String: String]
  /// What people write in place of the code; such a word is refused with the code.
  public let spellings: [String]

  /// - Parameter part: in small letters: a word of the English name, such as `celsius`, but not of one like metres per
  ///   second, where it is another unit; or some signs of the Chinese name, which has no blanks.
  fileprivate func isNamed(with part: String) -> Bool {
    let words = (names["en"] ?? "").lowercased().split { !$0.isLetter }
    if part.count >= 3, words.contains(where: { $0 == part }) { return !words.contains { $0 == "per" } }
    return part.count >= 2 && (names["zh"] ?? "").contains(part)
  }
}

/// The units that profiles may name, from `units.yaml`.
///
/// ```yaml
/// - dimension: temperature
///   canonical: Cel
///   units:
///     - { code: Cel, factor: 1, en: degree Celsius, zh: 摄氏度, also: ["°C", degC] }
///     - { code: "[degF]", factor: 0.5555555555555556, offset: -17.77777777777778 }
/// ```
public struct UnitTable: Sendable {
  private var units: [String: Unit] = [:]
  private var canonicalCodes: [String: String] = [:]

  public init() {}

  /// Adds the dimensions of one file. A unit that is there already is replaced.
  public mutating func add(_ document: YAMLValue) throws(YAMLError) {
    for item in try document.items() {
      let entry = try item.mapping(known: ["dimension", "canonical", "units"])
      let dimension = try entry.required("dimension").string()
      let canonical = try entry.required("canonical").string()
      if let other = canonicalCodes[dimension], other != canonical {
        throw item.error("the dimension \(dimension) has the canonical unit \(other) already")
      }
      canonicalCodes[dimension] = canonical
      for unit in try entry.required("units").items() { try add(unit, to: dimension) }
      guard let identity = units[canonical], identity.factor == 1, identity.offset == 0 else {
        throw item.error("the canonical unit \(canonical) must be among the units, with factor 1 and no offset")
      }
    }
  }

  private mutating func add(_ item: YAMLValue, to dimension: String) throws(YAMLError) {
    let entry = try item.mapping(known: ["code", "factor", "offset", "en", "zh", "also"])
    let code = try entry.required("code").string()
    if let other = units[code], other.dimension != dimension {
      throw item.error("the unit \(code) belongs to the dimension \(other.dimension) already")
    }
    let factor = try entry.required("factor").number()
    guard factor != 0 else { throw item.error("a factor of 0 measures nothing") }
    let offset = if let value = entry["offset"] { try value.number() } else { 0.0 }
    var names: [String: String] = [:]
    for language in ["en", "zh"] { names[language] = try entry[language]?.string() }
    let spellings = try entry["also"]?.items().map { item throws(YAMLError) in try item.string() } ?? []
    units[code] = Unit(
      code: code, dimension: dimension, factor: factor, offset: offset, names: names, spellings: spellings)
  }

  public subscript(code: String) -> Unit? { units[code] }

  /// All units, by code.
  public var all: [Unit] { units.values.sorted { $0.code < $1.code } }

  /// What may stand beside a number: the codes of a dimension's units, and what people write in their place.
  func words(ofDimension dimension: String) -> [String: Unit] {
    var words: [String: Unit] = [:]
    let units = all.filter { $0.dimension == dimension }
    for unit in units { for word in unit.spellings { words[word] = unit } }
    for unit in units { words[unit.code] = unit }
    return words
  }

  /// ` (did you mean 'Cel'?)` for a word that is no code: by what people write for a unit, by its names and by parts of
  /// these, by its letters in any case; empty where nothing is meant.
  func hint(for word: String) -> String {
    unit(meantBy: word).map { " (did you mean '\($0.code)'?)" } ?? ""
  }

  private func unit(meantBy word: String) -> Unit? {
    let units = all
    let lowered = word.lowercased()
    if let unit = units.first(where: { $0.spellings.contains(word) }) { return unit }
    let names = [lowered, lowered.hasSuffix("s") ? String(lowered.dropLast()) : lowered]
    if let unit = units.first(where: { $0.names.values.contains { names.contains($0.lowercased()) } }) { return unit }
    if let unit = units.first(where: { $0.code.lowercased() == lowered }) { return unit }
    if let unit = units.first(where: { $0.spellings.contains { $0.lowercased() == lowered } }) { return unit }
    // What is measured is no unit: a power is not meant for a usage effectiveness.
    let isQuantity = units.contains { $0.dimension.split(separator: " ").contains { $0 == lowered } }
    let named = isQuantity ? [] : units.filter { $0.isNamed(with: lowered) }
    if named.count == 1 { return named[0] }
    // Codes are short: one that differs is mostly another unit, but for a slip among many letters.
    guard word.count >= 3, word.allSatisfy(\.isLetter) else { return nil }
    return units.first { editDistance($0.code, word) == 1 }
  }

  /// The code in which a dimension's values are stored.
  public func canonicalCode(of unit: Unit) -> String {
    canonicalCodes[unit.dimension] ?? unit.code
  }
}
