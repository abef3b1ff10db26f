import Simulator
import StrictYAML
import Telemetry
import TestSupport
import Testing

@testable import DeviceCatalog

/// `registry.csv`: what is read, and what is said of what cannot be.
@Suite
struct DeviceListTests {
  private static let profiles = ["kitchen-waste-bin", "water-meter"]

  private func list(_ text: String) throws -> DeviceList {
    try DeviceList(text, file: "registry.csv", profiles: Self.profiles)
  }

  private func error(_ text: String) throws -> String {
    "\(try #require(throws: YAMLError.self) { try list(text) })"
  }

  @Test("Columns come in any order, cells in quotes, lines with any end, a byte order mark before all")
  func forms() throws {
    let text =
      "\u{FEFF}code,profile,device,name,tag.floor,district,longitude,latitude,interval\r\n"
      + #"C-1,kitchen-waste-bin,bin-1,"Gate, ""east""",3,Luojiang,118.5,-24.25,5m"# + "\r\n\n"
      + " C-2 , water-meter , m-2,洛江水表,,,,,"
    let devices = try list(text).devices
    #expect(devices.map(\.device) == ["bin-1", "m-2"])
    let bin = devices[0]
    #expect(bin.name == #"Gate, "east""# && bin.code == "C-1" && bin.profile == "kitchen-waste-bin")
    #expect(bin.position == ListedDevice.Position(longitude: 118.5, latitude: -24.25))
    #expect(bin.interval == .seconds(300))
    #expect(bin.tags.map { "\($0.name)=\($0.value)" } == ["floor=3", "district=Luojiang"])
    let meter = devices[1]
    #expect(meter.name == "洛江水表" && meter.code == "C-2" && meter.position == nil && meter.interval == nil)
    #expect(meter.tags.isEmpty)
  }

  @Test(
    "A wrong row is told with file, line, column and what was expected",
    arguments: [
      ("d,water,,,", "profile: there is no profile 'water'"),
      ("d,water-metre,,,", "(did you mean 'water-meter'?)"),
      ("d,,,,", "profile: is empty"),
      (",water-meter,,,", "device: is empty"),
      ("d,water-meter,180.5,0,", "longitude: 180.5 is out of range; expected degrees from -180 to 180"),
      ("d,water-meter,0,-91,", "latitude: -91 is out of range; expected degrees from -90 to 90"),
      ("d,water-meter,118.5,,", "latitude: is empty; longitude and latitude come together"),
      ("d,water-meter,nan,1,", "longitude: 'nan' is no number"),
      ("d,water-meter,0x10,1,", "longitude: '0x10' is no number"),
      ("d,water-meter,,,5", "interval: '5' is no interval"),
      ("d,water-meter,,,0s", "interval: '0s' is no interval"),
      ("\"d\u{7}\",water-meter,,,", "device: holds a control character"),
      ("d\u{85},water-meter,,,", "device: holds a control character"),
      (String(repeating: "d", count: 257) + ",water-meter,,,", "device: has 257 bytes"),
      ("d,water-meter,,", "4 cells, and 5 columns in the header"),
      ("x,water-meter,,,", "device: 'x' stands in line 2 already"),
      ("\"d,water-meter,,,", "a quote does not end"),
    ])
  func wrongRows(row: String, message: String) throws {
    let error = try error("device,profile,longitude,latitude,interval\nx,water-meter,,,\n\(row)\n")
    #expect(
      error.hasPrefix("registry.csv:3:1: 1 of 2 rows is wrong, and none is taken:\n  registry.csv:3: "), "\(error)")
    #expect(error.contains(message), "\(error)")
  }

  @Test(
    "A wrong header is told with the nearest column",
    arguments: [
      ("device,profile,distrct", "unknown column 'distrct' (did you mean 'district'?)"),
      ("device;profile;name", "'device;profile;name' is parted by semicolons; the cells of a registry are parted by"),
      ("tag.floor\tdevice\tprofile", "is parted by tabs"),
      ("\"device\";\"profile\"", "something else than a comma stands behind it"),
      ("device,profile,device", "the column 'device' stands twice"),
      ("device,name", "the column 'profile' is missing"),
      ("profile,name", "the column 'device' is missing"),
      ("device,profile,tag.", "'tag.': a tag's name has letters"),
      ("device,profile,tag.site", "'tag.site': the name site is taken; name the column site"),
      ("device,profile,tag.code", "'tag.code': the name code is taken"),
      ("", "expected a header such as device,profile,name"),
    ])
  func wrongHeaders(header: String, message: String) throws {
    let error = try error(header)
    #expect(error.hasPrefix("registry.csv:1:1: ") && error.contains(message), "\(error)")
  }

  @Test("Of many wrong rows the first ten are told, and how many there are")
  func manyWrongRows() throws {
    let rows = (1...25).map { "d\($0),\($0 % 2 == 0 ? "water-meter" : "nothing")" }
    let error = try error("device,profile\n" + rows.joined(separator: "\n"))
    #expect(error.split(separator: "\n").count == 11)
    #expect(error.hasPrefix("registry.csv:2:1: 13 of 25 rows are wrong, and none is taken:\n"), "\(error)")
    for line in error.split(separator: "\n").dropFirst() {
      #expect(line.contains(/^  registry.csv:\d+: profile: there is no profile 'nothing'$/), "\(line)")
    }
  }

  @Test("Of the devices with one code the last is the one in use")
  func replaced() throws {
    let list = try list("device,profile,code\na,water-meter,7\nb,water-meter,8\nc,water-meter,7\nd,water-meter,\n")
    #expect(list.devices.map(\.isReplaced) == [true, false, false, false])
  }

  @Test("Any cells that may stand in a registry are read as they were written, and wrong ones cost only their rows")
  func randomCells() throws {
    var random = RandomSource(seed: testSeed())
    let letters = Array("ab7,\"\n\r 表é;'").map(String.init)
    for _ in 0..<300 {
      var text = "device,name,profile\r\n"
      var expected: [(String, String?)] = []
      var wrong = 0
      for row in 0..<Int.random(in: 0...6, using: &random) {
        let name = (0..<Int.random(in: 0...6, using: &random)).map { _ in letters.randomElement(using: &random)! }
          .joined()
        let isWrong = name.unicodeScalars.contains { "\r\n".unicodeScalars.contains($0) }
        let quoted = "\"" + name.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
        text += "d\(row),\(quoted),water-meter\(["\n", "\r\n", "\r"].randomElement(using: &random)!)"
        if isWrong { wrong += 1 } else { expected.append(("d\(row)", name.isEmpty ? nil : name)) }
      }
      if wrong == 0 {
        let devices = try list(text).devices
        #expect(devices.map(\.device) == expected.map(\.0) && devices.map(\.name) == expected.map(\.1), "\(text)")
      } else {
        let error = try error(text)
        #expect(error.contains(": \(wrong) of \(wrong + expected.count) row"), "\(error)")
      }
    }
  }

  @Test("The registry of a directory is one of the catalogue's files, and no file that is not read")
  func directory() throws {
    let scratch = try ScratchDirectory()
    let devices = try scratch.directory("devices")
    try scratch.file("devices/registry.csv", "device,profile\nbin-1,kitchen-waste-bin\n")
    try scratch.file("devices/notes.txt", "")
    #expect(try Catalogue(.forDirectory(devices)).registry.devices.map(\.device) == ["bin-1"])
    #expect(CatalogueFiles.filesNotRead(in: devices) == ["\(devices)/notes.txt"])
    try scratch.file("devices/registry.csv", "device,profile\nbin-1,kitchen-wast-bin\n")
    let error = try #require(throws: YAMLError.self) { try Catalogue(.forDirectory(devices)) }
    #expect("\(error)".hasPrefix("\(devices)/registry.csv:2:1: 1 of 1 row is wrong"), "\(error)")
    #expect("\(error)".contains("\n  \(devices)/registry.csv:2: profile: "), "\(error)")
  }
}
