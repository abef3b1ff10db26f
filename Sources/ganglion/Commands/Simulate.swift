import ArgumentParser
import Foundation
import Gateway
import Simulator
import Telemetry

/// `ganglion simulate`: a fleet on a broker.
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish a simulated fleet, and write an exact oracle of what the broker acknowledged.")

  @Option(help: "The broker's address, such as mqtt://127.0.0.1:1883.")
  var broker: String

  @Option(help: ArgumentHelp("Which devices.", valueName: "name"))
  var fleet = FleetName.first

  @Option(help: "Messages a second, 100 to 100000.")
  var rate: Double = 200

  @Option(name: .customLong("for"), help: ArgumentHelp("How long, such as 60s or 5m.", valueName: "span"))
  var span: Span = Span(.seconds(60))

  @Option(help: "0 or 1.")
  var qos = 1

  @Option(help: "The same seed makes the same fleet; a random one is printed.")
  var seed: UInt64?

  @Option(help: "Where to write the oracle: NDJSON, one line per series and window. It keeps every reading in memory.")
  var oracle: String?

  func validate() throws {
    guard qos == 0 || qos == 1 else { throw ValidationError("--qos is 0 or 1") }
    try FleetRate.validate(rate)
  }

  func run() async throws {
    try await reporting {
      let stop = await StopSignals()
      let url = try BrokerURL(broker)
      guard !url.usesTLS else { throw explain("simulate publishes without TLS; give a mqtt:// address", .usage) }
      let oracleFile = try oracle.map(openForWriting)
      var settings = Publisher.Settings(host: url.host, port: url.port)
      settings.qos = Int32(qos)
      settings.rate = rate
      settings.duration = span.duration
      settings.keepsReadings = oracleFile != nil
      let seed = seed ?? UInt64.random(in: 0..<UInt64.max)
      let publisher = Publisher(settings, fleet: fleet.fleet(seed: seed))
      let publishing = Task { try await onThread { try publisher.run() } }
      await stop.wait(orEndOf: publishing, or: publishing)
      publisher.stop()
      let known = try await publishing.value
      try oracleFile?.write(contentsOf: known.ndjson())
      print(
        """
        published \(publisher.progress.published) messages of the fleet \(fleet.rawValue), seed \(seed); \
        \(qos == 1 ? "acknowledged" : "written") \(known.messages), of which \(known.undecodable) cannot be decoded; \
        \(known.readings) readings
        """)
    }
  }
}

/// A file for output, made anew; found out before the work is done.
private func openForWriting(_ path: String) throws -> FileHandle {
  guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
  else { throw explain("the file '\(path)' cannot be written", .inputOutput) }
  return file
}

/// A span of time on the command line.
struct Span: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) {
    self.duration = duration
  }

  init?(argument: String) {
    guard let duration = Duration(text: argument), duration > .zero else { return nil }
    self.duration = duration
  }

  var defaultValueDescription: String { "\(duration.components.seconds)s" }
}
