import Foundation
import StrictYAML
import Telemetry

extension KPIDeclaration {
  private static let keys = ["kpi", "title", "definition", "unit", "window", "span", "group_by"]

  /// Reads the declarations of a file: `kpis`, a list of them.
  ///
  /// - Throws: `YAMLError` that names file, line, column and key.
  static func list(_ text: String, file: String, isBuiltIn: Bool) throws(YAMLError) -> [KPIDeclaration] {
    let root = try YAMLValue.parse(text, file: file).mapping(known: ["kpis"])
    var declarations: [KPIDeclaration] = []
    for value in try root.required("kpis").items() {
      let declaration = try KPIDeclaration(value, isBuiltIn: isBuiltIn)
      if let other = declarations.first(where: { $0.name == declaration.name }) {
        throw value.error("the KPI \(other.name) stands in line \(other.line) already")
      }
      declarations.append(declaration)
    }
    return declarations
  }

  private init(_ value: YAMLValue, isBuiltIn: Bool) throws(YAMLError) {
    let keys = try value.mapping(known: Self.keys + KPIFormula.forms)
    name = try Self.name(keys.required("kpi"))
    title = try Text(keys.required("title"))
    definition = try Text(keys.required("definition"))
    unit = try keys.required("unit").string()
    window = try Self.window(keys.required("window"))
    span = try Self.span(keys.required("span"))
    groupBy = try Self.groupBy(keys.required("group_by"))
    let forms = KPIFormula.forms.filter { keys[$0] != nil }
    guard forms.count == 1, let form = forms.first else {
      throw value.error(
        "'\(name)' is made by exactly one of \(KPIFormula.forms.joined(separator: ", ")); here "
          + (forms.isEmpty ? "stands none" : "stand \(forms.joined(separator: ", "))"))
    }
    formula = try KPIFormula(form, keys.required(form))
    if KPIFormula.shares.contains(form), unit != "%" {
      throw try keys.required("unit").error("a \(form) is in %")
    }
    file = value.file
    line = value.line
    self.isBuiltIn = isBuiltIn
  }

  private static func name(_ value: YAMLValue) throws(YAMLError) -> String {
    let name = try value.string()
    let isPlain = name.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "-")
    }
    guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
      throw value.error("'\(name)' is no name of a KPI: expected lower-case letters, digits and hyphens, at most 64")
    }
    return name
  }

  private static func window(_ value: YAMLValue) throws(YAMLError) -> String {
    let window = try value.string()
    guard WindowGrid(window, zone: .gmt) != nil else {
      throw value.error("'\(window)': expected 1d, or minutes or hours that divide a day, such as 1m, 15m, 1h, 6h")
    }
    return window
  }

  private static func span(_ value: YAMLValue) throws(YAMLError) -> Duration {
    let span = try value.duration()
    guard span >= .seconds(60), span <= .seconds(366 * 86400) else { throw value.error("expected 1m to 366d") }
    return span
  }

  private static func groupBy(_ value: YAMLValue) throws(YAMLError) -> [String] {
    let names = try value.items().map { item throws(YAMLError) in try item.name() }
    guard !names.isEmpty else { throw value.error("expected at least one of device, code, or a tag's name") }
    return names
  }
}

extension KPIFormula {
  /// Those of the forms that are shares of the same things.
  fileprivate static let shares = ["time_share", "device_share", "minute_share", "heard_share", "completeness"]
}

extension KPIDeclaration.Text {
  fileprivate init(_ value: YAMLValue) throws(YAMLError) {
    let keys = try value.mapping(known: ["en", "zh"])
    self.init(en: try keys.required("en").string(), zh: try keys.required("zh").string())
  }
}
