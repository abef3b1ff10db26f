import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Simulator

/// `ganglion bench registry`: how long a start takes that has many devices to list.
struct BenchRegistry: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registry", abstract: "Measure a start with a large registry.",
    discussion: """
      From the file until the gateway is ready to read messages: the first start, which writes every device into the \
      store, and one that finds them there. The registry has names, codes, places and three tags of each device.
      """)

  @Option(help: "Devices in the registry.")
  var devices = 100_000

  @Option(help: "Starts of each kind, of which the median is printed.")
  var runs = 5

  @Flag(help: "One JSON document.")
  var json = false

  func run() async throws {
    try await reporting {
      var figures = (read: [Double](), first: [Double](), later: [Double]())
      for _ in 0..<runs {
        try await withBenchDirectory { directory in
          try writeRegistry(in: directory)
          figures.read.append(try seconds { _ = try Catalogue(.forDirectory("\(directory)/devices")) })
          figures.first.append(try start(in: directory))
          figures.later.append(try start(in: directory))
        }
      }
      try show([
        BenchFigure(name: "devices", value: Double(devices), decimals: 0),
        BenchFigure(name: "file read and checked, s", value: median(figures.read), decimals: 3),
        BenchFigure(name: "first start, s", value: median(figures.first), decimals: 3),
        BenchFigure(name: "later start, s", value: median(figures.later), decimals: 3),
      ])
    }
  }

  private func writeRegistry(in directory: String) throws {
    try FileManager.default.createDirectory(atPath: "\(directory)/devices", withIntermediateDirectories: true)
    var text = "device,profile,name,site,district,line,longitude,latitude,code,interval\n"
    for device in 0..<devices {
      let position = "\(118 + Double(device % 1000) / 1000),\(24 + Double(device / 1000) / 1000)"
      text +=
        "bin-\(device),kitchen-waste-bin,\"Bin \(device), east gate\",community-\(device % 88),district-\(device % 12),"
        + "route-\(device % 30),\(position),QZ-\(device),5m\n"
    }
    try text.write(toFile: "\(directory)/devices/registry.csv", atomically: true, encoding: .utf8)
  }

  /// Seconds until the gateway is ready.
  private func start(in directory: String) throws -> Double {
    var configuration = GatewayConfiguration(
      gateway: "bench", timeZone: TimeZone(identifier: "UTC")!, data: "\(directory)/data",
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: 1, usesTLS: false, clientID: "bench"))
    configuration.devices = "\(directory)/devices"
    configuration.http.port = try PrivateBroker.freePort()
    configuration.log.level = .error
    let log = makeLogger(configuration.log)
    return try seconds { _ = try Gateway(configuration, log: log) }
  }

  private func seconds(_ work: () throws -> Void) rethrows -> Double {
    let began = ContinuousClock.now
    try work()
    return (.now - began) / .seconds(1)
  }

  private func show(_ figures: [BenchFigure]) throws {
    if json {
      let report = Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.value) })
      return Output.write(try Answer.json(report))
    }
    print(Table(["registry", ""], figures.map { [$0.name, Table.number($0.value, decimals: $0.decimals)] }).text)
  }
}
