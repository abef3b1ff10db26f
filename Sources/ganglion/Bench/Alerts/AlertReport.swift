/// The figures of `bench alerts`.
struct AlertReport: Encodable {
  /// Messages a second that come meanwhile, in the parts that have a pace.
  let rate: Double
  var latency: AlertLatency?
  /// Without rules, and with them.
  var cost: BenchReport.Pairs?
  var storm: AlertStorm?

  init(rate: Double) { self.rate = rate }

  // MARK: For people

  var text: String {
    var parts: [String] = []
    if let latency {
      let head = """
        \(latency.calls) calls, \(latency.rules) rules, \(latency.series) series that all change between two \
        checkpoints, \(Table.number(rate, decimals: 0)) messages/s
        """
      let row = ["publish to start of the script"] + [latency.p50, latency.p99, latency.max].map { some($0) }
      parts.append(head + "\n" + Table(["", "p50, ms", "p99, ms", "max, ms"], [row]).text)
    }
    if let cost {
      let rows = [
        [
          "messages/s", some(cost.base.rate, 0), some(cost.compared.rate, 0), some(cost.rateRatio),
        ],
        [
          "CPU µs/message", some(cost.base.cpuPerMessage), some(cost.compared.cpuPerMessage), some(cost.cpuRatio),
        ],
      ]
      parts.append(Table(["", "without rules", "with rules", "with ÷ without"], rows).text)
    }
    if let storm {
      let rows = [
        [
          "messages/s", some(storm.calm.messagesPerSecond, 0), some(storm.stormy.messagesPerSecond, 0),
          some(storm.rateRatio),
        ],
        [
          "p99 until acknowledged, ms, at \(some(rate, 0)) messages/s", some(storm.calm.p99), some(storm.stormy.p99),
          some(storm.p99Ratio),
        ],
      ]
      let head = """
        \(storm.alerts) alerts at once, hooks of \(some(storm.hookSeconds, 1)) s: \(storm.calls) ran to their end within \
        \(some(storm.seconds, 0)) s
        """
      parts.append(head + "\n" + Table(["", "calm", "meanwhile", "meanwhile ÷ calm"], rows).text)
    }
    return parts.joined(separator: "\n\n")
  }

  private func some(_ value: Double, _ decimals: Int = 2) -> String { Table.number(value, decimals: decimals) }

  // MARK: For programs

  private enum CodingKeys: String, CodingKey {
    case rate = "messages_per_s"
    case latency, cost, storm
  }

  private enum CostKeys: String, CodingKey {
    case plain = "without_rules"
    case ruled = "with_rules"
    case rateRatio = "rate_ratio"
    case cpuRatio = "cpu_ratio"
  }

  func encode(to encoder: any Encoder) throws {
    var document = encoder.container(keyedBy: CodingKeys.self)
    try document.encode(rate, forKey: .rate)
    try document.encodeIfPresent(latency, forKey: .latency)
    try document.encodeIfPresent(storm, forKey: .storm)
    guard let cost else { return }
    var costs = document.nestedContainer(keyedBy: CostKeys.self, forKey: .cost)
    try costs.encode(BenchReport.Document.Figures(cost.base), forKey: .plain)
    try costs.encode(BenchReport.Document.Figures(cost.compared), forKey: .ruled)
    try costs.encode(cost.rateRatio, forKey: .rateRatio)
    try costs.encode(cost.cpuRatio, forKey: .cpuRatio)
  }
}
