import Simulator

extension BenchReport {
  /// The gateway with the plain messages, and with those of a fleet.
  struct FleetComparison {
    let name: FleetName
    let load: BenchFleetLoad
    let pairs: Pairs

    var text: String {
      let plainReadings = Double(BenchLoad.seriesOfDevice)
      let rows = [
        row("readings/message", plainReadings, load.readingsPerMessage, decimals: 1),
        row("payload bytes/message", BenchLoad.payloadBytes, load.bytesPerMessage, decimals: 0),
        row("messages/s", pairs.base.rate, pairs.compared.rate, decimals: 0, ratio: pairs.rateRatio),
        row(
          "CPU µs/message", pairs.base.cpuPerMessage, pairs.compared.cpuPerMessage, decimals: 2, ratio: pairs.cpuRatio),
        row(
          "CPU µs/reading", pairs.base.cpuPerMessage / plainReadings,
          pairs.compared.cpuPerMessage / load.readingsPerMessage, decimals: 2),
        ["peak memory MB", BenchReport.megabytes(pairs.base), BenchReport.megabytes(pairs.compared), ""],
        row(
          "disk bytes/message", pairs.base.diskBytesPerMessage, pairs.compared.diskBytesPerMessage, decimals: 0),
      ]
      let title = "The fleet \(name.rawValue): \(load.topics) topics; made in \(making) µs of processor time a message"
      return title + "\n" + Table(["QoS 1", "plain", name.rawValue, "\(name.rawValue) ÷ plain"], rows).text
    }

    private var making: String { Table.number(load.makingMicroseconds, decimals: 2) }

    private func row(
      _ name: String, _ plain: Double, _ fleet: Double, decimals: Int, ratio: Double? = nil
    ) -> [String] {
      [name] + [plain, fleet].map { Table.number($0, decimals: decimals) }
        + [Table.number(ratio ?? fleet / plain, decimals: 2)]
    }

    /// For programs.
    struct Figures: Encodable {
      let name: String
      let topics: Int
      let readings_per_message: Double
      let payload_bytes_per_message: Double
      let making_us_per_message: Double
      let plain: Document.Figures
      let fleet: Document.Figures
      let rate_ratio: Double
      let cpu_ratio: Double

      init(_ comparison: FleetComparison) {
        name = comparison.name.rawValue
        topics = comparison.load.topics
        readings_per_message = comparison.load.readingsPerMessage
        payload_bytes_per_message = comparison.load.bytesPerMessage
        making_us_per_message = comparison.load.makingMicroseconds
        plain = Document.Figures(comparison.pairs.base)
        fleet = Document.Figures(comparison.pairs.compared)
        rate_ratio = comparison.pairs.rateRatio
        cpu_ratio = comparison.pairs.cpuRatio
      }
    }
  }
}
