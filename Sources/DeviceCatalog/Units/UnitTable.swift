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

  /// ` (did you mean 'Cel'?)` for a word that is no code: by what people write for a unit, by its names, by its letters
  /// in any case; empty where nothing is meant.
  func hint(for word: String) -> String {
    let meant = all.first { unit in
      unit.spellings.contains(word) || unit.names.values.contains { $0.lowercased() == word.lowercased() }
    }
    if let meant { return " (did you mean '\(meant.code)'?)" }
    // Codes are short: one that differs is mostly another unit, but for the case of letters and a slip among many.
    let codes = units.keys.sorted()
    let isWord = word.count >= 3 && word.allSatisfy(\.isLetter)
    let alike =
      codes.first { $0.lowercased() == word.lowercased() } ?? codes.first { isWord && editDistance($0, word) == 1 }
    return alike.map { " (did you mean '\($0)'?)" } ?? ""
  }

  /// The code in which a dimension's values are stored.
  public func canonicalCode(of unit: Unit) -> String {
    canonicalCodes[unit.dimension] ?? unit.code
  }
}
