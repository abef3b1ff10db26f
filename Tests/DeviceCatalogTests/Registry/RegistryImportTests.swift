import Simulator
import StrictYAML
import TestSupport
import Testing

@testable import DeviceCatalog

/// What becomes of a registry when rows are imported.
@Suite
struct RegistryImportTests {
  private func rows(_ text: String, into registry: String?) throws -> RegistryImport {
    try RegistryImport(
      text, file: "new.csv", into: registry.map { (text: $0, file: "registry.csv") }, profiles: ["bin", "meter"])
  }

  @Test("Without a registry the rows make one")
  func first() throws {
    let rows = try rows("code,device,profile\nC-1,b,bin\n", into: nil)
    #expect(rows.text == "device,profile,code\nb,bin,C-1\n")
    #expect(rows.added == 1 && rows.replaced == 0 && rows.faults.isEmpty && rows.deviceCount == 1)
  }

  @Test("Rows are added or replaced where they stand, and a column that the file does not have stays")
  func merged() throws {
    let registry = "\u{FEFF}device,profile,name,district\na,bin,\"A, first\",east\nb,meter,,west\n"
    let rows = try rows("device,profile,district,tag.floor\nb,bin,north,2\nc,meter,,\na,bin,east,\n", into: registry)
    #expect(rows.added == 1 && rows.replaced == 1 && rows.unchanged == 1 && rows.changes == 2)
    #expect(
      rows.text
        == "\u{FEFF}device,profile,name,district,tag.floor\na,bin,\"A, first\",east,\nb,bin,,north,2\nc,meter,,,\n")
  }

  @Test("An empty cell takes away what the registry says; without it a row may leave out even the profile")
  func emptied() throws {
    let registry = "device,profile,code,district\na,bin,C-1,east\n"
    #expect(try rows("device,code\na,\n", into: registry).text == "device,profile,code,district\na,bin,,east\n")
    let refused = try rows("device,profile\na,\n", into: registry)
    #expect(refused.text == registry)
    #expect(refused.faults.map(\.description) == ["new.csv:2: profile: is empty; expected the name of a profile"])
  }

  @Test("Wrong rows are refused, each with its line and column, and the others taken")
  func refused() throws {
    let text = """
      device,profile,longitude,latitude
      a,bin,118,24
      b,bni,118,24
      c,bin,181,24
      a,bin,117,24
      d,bin
      e,meter,"118",24
      """
    let rows = try rows(text, into: "device,profile\nz,bin\n")
    #expect(
      rows.faults.map(\.description) == [
        "new.csv:3: profile: there is no profile 'bni' (did you mean 'bin'?)",
        "new.csv:4: longitude: 181 is out of range; expected degrees from -180 to 180",
        "new.csv:5: device: 'a' stands in line 2 already",
        "new.csv:6: 2 cells, and 4 columns in the header",
      ])
    #expect(
      rows.added == 2 && rows.text == "device,profile,longitude,latitude\nz,bin,,\na,bin,118,24\ne,meter,118,24\n")
  }

  @Test("Of devices with one code the one that was imported last stands last")
  func inUse() throws {
    let registry = "device,profile,code,name\nold,bin,C-1,\nnew,bin,C-1,\nother,bin,C-2,\n"
    let back = try rows("device,name\nold,again\n", into: registry)
    #expect(back.text == "device,profile,code,name\nnew,bin,C-1,\nother,bin,C-2,\nold,bin,C-1,again\n")
    #expect(try rows("device,code\nold,C-1\n", into: registry).text == registry)
  }

  @Test("A wrong header, and a registry that is wrong already, are errors")
  func errors() throws {
    let header = #expect(throws: YAMLError.self) { try rows("device,nme\na,x\n", into: nil) }
    #expect(header?.description.hasPrefix("new.csv:1:1: unknown column 'nme' (did you mean 'name'?)") == true)
    let registry = #expect(throws: YAMLError.self) { try rows("device\n", into: "device,profile\na,none\n") }
    #expect(registry?.description.contains("\n  registry.csv:2: profile: there is no profile 'none'") == true)
  }

  @Test("Whatever is imported, the registry can be read, has each device once, and importing it again changes nothing")
  func random() throws {
    var random = RandomSource(seed: testSeed())
    func cell(_ choices: [String]) -> String { choices.randomElement(using: &random)! }
    func table() -> String {
      var columns =
        ["device"] + ["profile", "code", "name", "district", "tag.x"].filter { _ in Bool.random(using: &random) }
      columns.shuffle(using: &random)
      var text = columns.joined(separator: ",") + "\n"
      for _ in 0..<Int.random(in: 0...8, using: &random) {
        text +=
          columns.map { column in
            switch column {
            case "device": cell(["a", "b", "c", "\"d,\"\"e\"", ""])
            case "profile": cell(["bin", "meter", "none"])
            case "code": cell(["", "1", "2"])
            default: cell(["", "x", "\" y \"", "\"z\"\"\u{301}\"", "\"1\n2\""])
            }
          }.joined(separator: ",") + "\n"
      }
      return text
    }
    var registry: String?
    for _ in 0..<500 {
      let rows = try rows(table(), into: registry)
      let list = try DeviceList(rows.text, file: "registry.csv", profiles: ["bin", "meter"])
      #expect(list.devices.count == rows.deviceCount && Set(list.devices.map(\.device)).count == rows.deviceCount)
      let again = try self.rows(rows.text, into: rows.text)
      #expect(again.changes == 0 && again.faults.isEmpty && again.text == rows.text)
      registry = rows.text
    }
  }
}
