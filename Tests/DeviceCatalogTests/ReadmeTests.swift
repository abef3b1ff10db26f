import DeviceCatalog
import Foundation
import Testing

/// What the README shows is what the code takes.
@Suite
struct ReadmeTests {
  private let readme: String
  private let root: URL

  init() throws {
    root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
  }

  @Test("The README's profile is right, and its example decodes as it says")
  func profile() throws {
    let block = try #require(readme.firstMatch(of: /```yaml\n(profile:[\s\S]*?)```/))
    let profile = CatalogueFiles.File(name: "README.md", text: String(block.output.1), isBuiltIn: false)
    let catalogue = try Catalogue(CatalogueFiles(CatalogueFiles.builtIn.all + [profile]))
    let shown = try #require(catalogue.profiles.last)
    #expect(shown.name == "chip-probe")
    #expect(shown.examples.count == 1)
    for example in shown.examples { #expect(ExampleRunner(catalogue).problems(of: example, in: shown).isEmpty) }
  }

  @Test("The catalogue's page is what the profiles say")
  func cataloguePage() throws {
    let profiles = try Catalogue(.builtIn).profiles.sorted { $0.name < $1.name }
    let page = try String(
      contentsOf: root.appendingPathComponent("Sources/Ganglion.docc/Catalogue.md"), encoding: .utf8)
    #expect(
      page == CatalogueListing(profiles).markdown,
      "the profiles have changed; make the page anew: \(CatalogueListing.renewal)")
    #expect(readme.contains("Sources/Ganglion.docc/Catalogue.md"))
  }
}
