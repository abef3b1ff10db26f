import Foundation
import FoundationXML

/// A slow, obvious reader of UCUM: any code as a factor to base units with their exponents, from UCUM's own tables.
///
/// Source: UCUM essence (ucum.org), the grammar of its specification. Units on other scales, such as Cel, are known by
/// their functions' names only.
final class UCUMReference: NSObject, XMLParserDelegate {
  /// A quantity in base units: factor × Π base^exponent.
  struct Quantity {
    var factor: Double
    var exponents: [String: Int] = [:]

    func raised(to power: Int) -> Quantity {
      Quantity(factor: pow(factor, Double(power)), exponents: exponents.mapValues { $0 * power })
    }

    func times(_ other: Quantity) -> Quantity {
      Quantity(
        factor: factor * other.factor,
        exponents: exponents.merging(other.exponents, uniquingKeysWith: +).filter { $0.value != 0 })
    }
  }

  struct Unknown: Error { let code: String }

  private struct Entry {
    var isMetric = false
    var isSpecial = false
    var value = ""
    var unit = ""
  }

  private var prefixes: [String: Double] = [:]
  private var bases: Set<String> = []
  private var entries: [String: Entry] = [:]
  private var element = ""
  private var code = ""

  init(essence: URL) throws {
    super.init()
    let parser = XMLParser(data: try Data(contentsOf: essence))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? Unknown(code: essence.path) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    switch name {
    case "prefix", "base-unit", "unit":
      element = name
      code = attributes["Code"] ?? ""
      if name == "base-unit" { bases.insert(code) }
      if name == "unit" {
        entries[code] = Entry(
          isMetric: attributes["isMetric"] == "yes",
          isSpecial: attributes["isSpecial"] == "yes" || attributes["isArbitrary"] == "yes")
      }
    case "value" where element == "prefix": prefixes[code] = Double(attributes["value"] ?? "")
    case "value" where element == "unit":
      entries[code]?.value = attributes["value"] ?? ""
      entries[code]?.unit = attributes["Unit"] ?? ""
    case "function": entries[code]?.isSpecial = true
    default: break
    }
  }

  /// True for a unit on a scale of its own, or one without a measure.
  func isSpecial(_ code: String) -> Bool {
    entries[code]?.isSpecial ?? false
      || prefixes.keys.contains { code.hasPrefix($0) && entries[String(code.dropFirst($0.count))]?.isSpecial ?? false }
  }

  // MARK: Expressions

  /// `main = ['/'] term`, `term = component {('.' | '/') component}`, a component being a number, a unit with an
  /// exponent, a term in parentheses, each with or without an annotation.
  func quantity(_ text: String) throws -> Quantity {
    var rest = Substring(text)
    let quantity = try term(&rest)
    guard rest.isEmpty else { throw Unknown(code: text) }
    return quantity
  }

  private func term(_ rest: inout Substring) throws -> Quantity {
    var result = Quantity(factor: 1)
    var divides = rest.first == "/"
    if divides { rest.removeFirst() }
    while true {
      let component = try component(&rest)
      result = result.times(divides ? component.raised(to: -1) : component)
      guard let sign = rest.first, sign == "." || sign == "/" else { return result }
      divides = sign == "/"
      rest.removeFirst()
    }
  }

  private func component(_ rest: inout Substring) throws -> Quantity {
    if rest.first == "(" {
      rest.removeFirst()
      let inner = try term(&rest)
      guard rest.first == ")" else { throw Unknown(code: String(rest)) }
      rest.removeFirst()
      return inner
    }
    if rest.first == "{" {
      skipAnnotation(&rest)
      return Quantity(factor: 1)
    }
    if rest.hasPrefix("10*") || rest.hasPrefix("10^") {
      rest.removeFirst(3)
      return Quantity(factor: 10).raised(to: exponent(&rest))
    }
    let digits = rest.prefix { $0.isNumber }
    if let number = Double(digits) {
      rest.removeFirst(digits.count)
      return Quantity(factor: number)
    }
    let symbol = try symbol(&rest)
    let power = exponent(&rest)
    skipAnnotation(&rest)
    return try unit(symbol).raised(to: power)
  }

  /// A unit's symbol: up to an operator, a parenthesis, an annotation, or the digits of its exponent.
  private func symbol(_ rest: inout Substring) throws -> String {
    var symbol = ""
    var depth = 0
    while let next = rest.first {
      if next == "[" { depth += 1 }
      if depth == 0, "./(){}+-".contains(next) || next.isNumber { break }
      if next == "]" { depth -= 1 }
      symbol.append(next)
      rest.removeFirst()
    }
    guard !symbol.isEmpty else { throw Unknown(code: String(rest)) }
    return symbol
  }

  private func exponent(_ rest: inout Substring) -> Int {
    let sign = rest.first == "-" || rest.first == "+" ? String(rest.removeFirst()) : ""
    let digits = rest.prefix { $0.isNumber }
    rest.removeFirst(digits.count)
    return Int(sign + digits) ?? 1
  }

  private func skipAnnotation(_ rest: inout Substring) {
    if rest.first == "{", let end = rest.firstIndex(of: "}") { rest = rest[rest.index(after: end)...] }
  }

  private func unit(_ symbol: String) throws -> Quantity {
    if bases.contains(symbol) { return Quantity(factor: 1, exponents: [symbol: 1]) }
    if let entry = entries[symbol] {
      guard !entry.isSpecial, let value = Double(entry.value) else { throw Unknown(code: symbol) }
      return Quantity(factor: value).times(try quantity(entry.unit))
    }
    for (prefix, factor) in prefixes where symbol.hasPrefix(prefix) {
      let stem = String(symbol.dropFirst(prefix.count))
      guard bases.contains(stem) || entries[stem]?.isMetric == true else { continue }
      return Quantity(factor: factor).times(try unit(stem))
    }
    throw Unknown(code: symbol)
  }
}
