import DeviceCatalog
import StrictYAML

/// The KPIs that a gateway answers: those of the build, and what a file of the user's adds or puts in their place.
public struct KPICatalogue: Sendable {
  /// By name.
  public let all: [KPIDeclaration]

  private init(_ declarations: [KPIDeclaration]) {
    all = declarations.sorted { $0.name < $1.name }
  }

  /// Those of the build. A test reads them, so that they are right.
  public static let builtIn: KPICatalogue = {
    do {
      return KPICatalogue(
        try KPIFiles.builtIn.flatMap { try KPIDeclaration.list($0.text, file: $0.name, isBuiltIn: true) })
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// With those of a file; one that has the name of another replaces it.
  ///
  /// - Throws: `YAMLError` that names file, line, column and key.
  public func adding(file: String) throws(YAMLError) -> KPICatalogue {
    try adding(TextFile.read(file), file: file)
  }

  func adding(_ text: String, file: String) throws(YAMLError) -> KPICatalogue {
    let added = try KPIDeclaration.list(text, file: file, isBuiltIn: false)
    let names = Set(added.map(\.name))
    return KPICatalogue(all.filter { !names.contains($0.name) } + added)
  }

  /// - Throws: `QueryError` where there is none of the name.
  func declaration(called name: String) throws(QueryError) -> KPIDeclaration {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    throw QueryError(
      "there is no KPI '\(name)'\(nearestHint(to: name, among: names)); there are \(names.joined(separator: ", "))",
      isNotFound: true)
  }
}
