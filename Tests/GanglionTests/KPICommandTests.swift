import Foundation
import Simulator
import TestSupport
import Testing

/// KPIs of a gateway that runs, over HTTP and on the command line.
@Suite(.exclusive)
struct KPICommandTests {
  private static let declarations = """
    kpis:
      - kpi: bins-fullest
        title: { en: Fullest bin, zh: 最满的桶 }
        definition: { en: The greatest fill level of bins., zh: 垃圾桶的最高满溢度。 }
        unit: "%"
        window: 1d
        span: 1d
        group_by: [district]
        sum: { metric: fill_level, fn: max, unit: "%" }
    """

  @Test("HTTP, --url, --config and --data answer the same bytes; KPIs of the configuration's file among them")
  func sameBytes() async throws {
    let scratch = try ScratchDirectory()
    let running = try await RunningGateway(more: "kpis: \(try scratch.file("kpis.yaml", Self.declarations))")
    defer { running.stop() }
    let simulated = try running.ganglion(
      "simulate", "--broker", "mqtt://127.0.0.1:\(running.broker.port)", "--rate", "1000", "--for", "2s")
    #expect(simulated.ending == .exited(0), "\(simulated.errors)")
    let published = try #require(simulated.output.firstMatch(of: /acknowledged (\d+)/)).output.1
    var ledger = try await running.get("/api/v1/ledger")
    try await eventually("every message is in the store") {
      ledger.body.contains(#""pending":0,"#) && ledger.body.contains("\"received\":\(published),")
    } refreshing: {
      ledger = try await running.get("/api/v1/ledger")
    }
    // Seconds, so that each place means the same moment; a day that is still open, everywhere.
    let to = Int(Date().timeIntervalSince1970)
    for (kpi, places) in [
      ("kitchen-waste", [["--url", running.url], ["--config", running.config], ["--data", running.data]]),
      ("bins-fullest", [["--url", running.url], ["--config", running.config]]),
    ] {
      for format in ["json", "csv"] {
        for place in places { try await same(kpi, format, place, to, running) }
      }
    }
    let list = try await running.get("/api/v1/kpis").body
    #expect(list.contains("bins-fullest"))
    #expect(try running.ganglion("query", "kpis", "--config", running.config).output == list)

    let missing = try await running.get("/api/v1/kpis/kitchen-wast")
    #expect(missing.status == 404 && missing.body.contains("did you mean 'kitchen-waste'?"), "\(missing)")
    let refused = try running.ganglion("query", "kpi", "kitchen-wast", "--url", running.url)
    #expect(refused.ending == .exited(69) && refused.errors.contains("did you mean 'kitchen-waste'?"))
  }

  /// What an open window makes one expect grows each second, so that both are asked again where one has passed between.
  private func same(
    _ kpi: String, _ format: String, _ place: [String], _ to: Int, _ running: RunningGateway
  ) async throws {
    var (answer, output) = ("", "")
    for _ in 0..<10 {
      answer = try await running.get("/api/v1/kpis/\(kpi)?to=\(to)&group_by=district&format=\(format)").body
      let command = try GanglionProcess.run(
        ["query", "kpi", kpi] + place + ["to=\(to)", "group_by=district", "format=\(format)"], in: running.scratch)
      #expect(command.ending == .exited(0), "\(place) \(command.errors)")
      output = command.output
      if output == answer { break }
    }
    #expect(output == answer && answer.contains("licheng"), "\(kpi) \(place)")
  }

  @Test("check reads the KPIs: what is wrong ends it with the place, what no profile has is a warning")
  func check() throws {
    let scratch = try ScratchDirectory()
    let config = try scratch.file("ganglion.yaml", "mqtt: { url: mqtt://127.0.0.1 }\nkpis: kpis.yaml\n")
    let file = try scratch.file("kpis.yaml", Self.declarations)
    func run() throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
      try GanglionProcess.run(["check", "--config", config], in: scratch)
    }
    let right = try run()
    #expect(right.ending == .exited(0), "\(right.errors)")
    #expect(right.output.contains("of which 1 are yours") == false && right.output.contains("of which 1 is yours"))
    try scratch.file("kpis.yaml", Self.declarations.replacing("fill_level", with: "fil_level"))
    let strange = try run()
    #expect(
      strange.output.contains(
        "warning: \(file):2: bins-fullest: no profile of it has a metric 'fil_level' (did you mean 'fill_level'?)"))
    try scratch.file("kpis.yaml", Self.declarations.replacing("unit:", with: "unitt:"))
    let wrong = try run()
    #expect(wrong.ending == .exited(78))
    #expect(wrong.errors.contains("\(file):5:5: kpis[0].unitt: unknown key 'unitt' (did you mean 'unit'?)"))
  }
}
