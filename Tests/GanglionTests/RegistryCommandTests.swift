import Foundation
import Simulator
import TestSupport
import Testing

/// The registry as its users fill it, from the command line.
@Suite(.exclusive)
struct RegistryCommandTests {
  private let scratch: ScratchDirectory
  private let devices: String
  private var registry: String { "\(devices)/registry.csv" }

  init() throws {
    scratch = try ScratchDirectory()
    devices = try scratch.directory("devices")
  }

  private func run(_ arguments: String...) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    try GanglionProcess.run(arguments, in: scratch)
  }

  private func text() -> String? { try? String(contentsOfFile: registry, encoding: .utf8) }

  @Test("import takes the good rows, tells the refused ones with line, column and what was expected, and exits with 65")
  func importing() throws {
    let file = try scratch.file("new.csv", "device,profile,interval\na,water-plant,5m\nb,water-plant,often\n")
    let dry = try run("devices", "import", file, "--devices", devices, "--dry-run")
    #expect(dry.ending == .exited(65) && text() == nil)
    #expect(
      dry.output == "1 row would be added, 0 replaced, 0 unchanged, 1 refused: \(registry) would list 1 device\n")
    let strict = try run("devices", "import", file, "--devices", devices, "--strict")
    #expect(strict.ending == .exited(65) && text() == nil)
    #expect(strict.output == "1 row is refused, and so none is taken: \(registry) is what it was\n")
    let taken = try run("devices", "import", file, "--devices", devices)
    #expect(taken.ending == .exited(65))
    #expect(
      taken.errors
        == "ganglion: refused: \(file):3: interval: 'often' is no interval; expected a duration such as 30s, 5m or 1h\n"
    )
    #expect(
      taken.output.contains(
        "\nnext: a running gateway takes it in with `ganglion reload`, SIGHUP or POST /api/v1/reload;"))
    #expect(text() == "device,profile,interval\na,water-plant,5m\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: devices) == ["registry.csv"])
  }

  @Test("import goes into the directory of the configuration, and keeps the file's mode")
  func configured() throws {
    let config = try scratch.file("ganglion.yaml", "devices: devices\nmqtt: { url: mqtt://127.0.0.1 }\n")
    try scratch.file("devices/registry.csv", "device,profile\na,water-plant\n")
    chmod(registry, 0o640)
    let file = try scratch.file("new.csv", "device,code\na,C-1\n")
    let taken = try run("devices", "import", file, "--config", config)
    #expect(taken.ending == .exited(0), "\(taken.errors)")
    #expect(
      taken.output.hasPrefix("0 rows added, 1 replaced, 0 unchanged, 0 refused: \(registry) lists 1 device\n"),
      "\(taken.output)")
    #expect(taken.output.contains("takes it in with `ganglion reload --config \(config)`, SIGHUP or"))
    #expect(text() == "device,profile,code\na,water-plant,C-1\n")
    var status = stat()
    stat(registry, &status)
    #expect(status.st_mode & 0o777 == 0o640)
    let check = try run("check", "--config", config)
    #expect(check.ending == .exited(0) && check.output.contains("registry: 1 device is listed, enrol: auto"))
  }

  @Test("check refuses a wrong registry, a limit of an unknown profile, and warns where nothing can enrol")
  func checking() throws {
    let config = try scratch.file("ganglion.yaml", "devices: devices\nenrol: listed\nmqtt: { url: mqtt://127.0.0.1 }\n")
    let warned = try run("check", "--config", config)
    #expect(warned.ending == .exited(0) && warned.output.contains("warning: enrol: listed, and no device is listed"))
    try scratch.file("devices/registry.csv", "device,profile,longitude\na,water-plant,181\nb,water-plnt,\n")
    let refused = try run("check", "--config", config)
    #expect(refused.ending == .exited(78))
    #expect(
      refused.errors == """
        ganglion: \(registry):2:1: 2 of 2 rows are wrong, and none is taken:
          \(registry):2: longitude: 181 is out of range; expected degrees from -180 to 180
          \(registry):3: profile: there is no profile 'water-plnt' (did you mean 'water-plant'?)

        """)
    try scratch.file("devices/registry.csv", "device,profile\n")
    try scratch.file(
      "ganglion.yaml",
      "devices: devices\nmqtt: { url: mqtt://127.0.0.1 }\nlimits:\n  devices_per_profile: { water-plnt: 5 }\n")
    let limit = try run("check", "--config", config)
    #expect(limit.ending == .exited(78))
    #expect(limit.errors.contains("\(config):4:26: limits.devices_per_profile: there is no profile 'water-plnt'"))
  }

  @Test("A wrong header is bad data, a file that is not there too, and neither touches the registry")
  func wrongFiles() throws {
    let file = try scratch.file("new.csv", "device;profile\na;b\n")
    let header = try run("devices", "import", file, "--devices", devices)
    #expect(header.ending == .exited(65))
    #expect(
      header.errors
        == "ganglion: \(file):1:1: 'device;profile' is parted by semicolons; the cells of a registry are parted by commas\n"
    )
    let missing = try run("devices", "import", "\(scratch.path)/none.csv", "--devices", devices)
    #expect(missing.ending == .exited(65) && missing.errors.contains("none.csv"))
    #expect(text() == nil)
  }
}
