import Foundation

/// The figures of `bench ingest`, as a table and as JSON.
struct BenchReport {
  /// Pairs of runs: of the bare subscriber and the gateway, or of the gateway with two kinds of messages.
  struct Pairs {
    let base: BenchMeasure
    let compared: BenchMeasure
    /// Medians of the pairs' ratios: what a noisy machine does to both of a pair goes out.
    let rateRatio: Double
    let cpuRatio: Double

    init(_ pairs: [(base: BenchMeasure, compared: BenchMeasure)]) {
      base = BenchMeasure.median(pairs.map(\.base))
      compared = BenchMeasure.median(pairs.map(\.compared))
      rateRatio = median(pairs.map { $0.compared.rate / $0.base.rate })
      cpuRatio = median(pairs.map { $0.compared.cpuPerMessage / $0.base.cpuPerMessage })
    }
  }

  /// One run with a number of series.
  struct Step {
    let series: Int
    let gateway: BenchMeasure
  }

  let messages: Int
  let devices: Int
  let runs: Int
  var qos1: Pairs?
  var qos0: Pairs?
  var replay: BenchMeasure?
  var bySeries: [Step] = []
  var fleet: FleetComparison?

  init(messages: Int, devices: Int, runs: Int) {
    self.messages = messages
    self.devices = devices
    self.runs = runs
  }

  // MARK: For people

  var text: String {
    var parts = [
      """
      \(messages) messages of \(devices) devices with \(devices * BenchLoad.seriesOfDevice) series a run, MQTT 3.1.1; \
      medians of \(runs) pairs
      """
    ]
    for (name, pairs) in [("QoS 1", qos1), ("QoS 0", qos0)] {
      guard let pairs else { continue }
      parts.append(
        Table([name, "bare libmosquitto", "gateway", "gateway ÷ bare"], Self.rows(pairs)).text)
    }
    if let replay {
      parts.append(
        """
        Start with \(messages) messages in the journal and none in the store: \
        \(Table.number(replay.seconds, decimals: 2)) s, \(Table.number(replay.rate, decimals: 0)) messages/s, \
        peak memory \(Self.megabytes(replay)) MB; \
        \(Table.number(replay.secondsToFirstMessage ?? 0, decimals: 2)) s to the first new message
        """)
    }
    if !bySeries.isEmpty {
      let rows = bySeries.map { step in
        ["\(step.series)", Table.number(step.gateway.rate, decimals: 0)]
          + [step.gateway.cpuPerMessage, step.gateway.diskBytesPerMessage].map { Table.number($0, decimals: 1) }
          + [Self.megabytes(step.gateway)]
      }
      parts.append(
        Table(["series", "messages/s", "CPU µs/message", "disk bytes/message", "peak memory MB"], rows).text)
    }
    if let fleet { parts.append(fleet.text) }
    return parts.joined(separator: "\n\n")
  }

  private static func rows(_ pairs: Pairs) -> [[String]] {
    let (bare, gateway) = (pairs.base, pairs.compared)
    return [
      [
        "messages/s", Table.number(bare.rate, decimals: 0), Table.number(gateway.rate, decimals: 0),
        Table.number(pairs.rateRatio, decimals: 2),
      ],
      [
        "CPU µs/message", Table.number(bare.cpuPerMessage, decimals: 2),
        Table.number(gateway.cpuPerMessage, decimals: 2), Table.number(pairs.cpuRatio, decimals: 2),
      ],
      ["peak memory MB", megabytes(bare), megabytes(gateway), ""],
      ["disk bytes/message", "", Table.number(gateway.diskBytesPerMessage, decimals: 0), ""],
    ]
  }

  static func megabytes(_ measure: BenchMeasure) -> String {
    Table.number(Double(measure.peakMemoryBytes) / 1e6, decimals: 1)
  }

  // MARK: For programs

  struct Document: Encodable {
    struct Figures: Encodable {
      let messages_per_s: Double
      let cpu_us_per_message: Double
      let peak_memory_bytes: Int
      let disk_bytes_per_message: Double
      let seconds_to_first_message: Double?

      init(_ measure: BenchMeasure) {
        messages_per_s = measure.rate
        cpu_us_per_message = measure.cpuPerMessage
        peak_memory_bytes = measure.peakMemoryBytes
        disk_bytes_per_message = measure.diskBytesPerMessage
        seconds_to_first_message = measure.secondsToFirstMessage
      }
    }

    struct Comparison: Encodable {
      let bare: Figures
      let gateway: Figures
      let rate_ratio: Double
      let cpu_ratio: Double

      init(_ pairs: Pairs) {
        bare = Figures(pairs.base)
        gateway = Figures(pairs.compared)
        rate_ratio = pairs.rateRatio
        cpu_ratio = pairs.cpuRatio
      }
    }

    struct Row: Encodable {
      let series: Int
      let gateway: Figures
    }

    let messages: Int
    let devices: Int
    let series: Int
    let runs: Int
    let qos1: Comparison?
    let qos0: Comparison?
    let replay: Figures?
    let by_series: [Row]
    let fleet: FleetComparison.Figures?
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let document = Document(
      messages: messages, devices: devices, series: devices * BenchLoad.seriesOfDevice, runs: runs,
      qos1: qos1.map(Document.Comparison.init), qos0: qos0.map(Document.Comparison.init),
      replay: replay.map(Document.Figures.init),
      by_series: bySeries.map { Document.Row(series: $0.series, gateway: Document.Figures($0.gateway)) },
      fleet: fleet.map(FleetComparison.Figures.init))
    return try encoder.encode(document) + Data("\n".utf8)
  }
}
