import Foundation

/// How long a question takes that one client asks again as soon as it is answered.
struct QueryLatency: Encodable {
  let question: QueryQuestion
  let requests: Int
  let p50: Double
  let p99: Double
  let max: Double
  /// The gateway's processor time for an answer, without what messages take meanwhile, in milliseconds.
  let cpu: Double
  let bytes: Int
  let rows: Int

  /// Asked before the clock runs.
  private static let warmUps = 10

  private enum CodingKeys: String, CodingKey {
    case question, requests
    case p50 = "p50_ms"
    case p99 = "p99_ms"
    case max = "max_ms"
    case cpu = "cpu_ms"
    case bytes, rows
  }

  /// - Parameters:
  ///   - idleShare: processor time that the gateway takes for messages alone, of a second.
  ///   - isDense: each device speaks in each minute.
  init(
    _ question: QueryQuestion, requests: Int, _ subject: ServedGateway, _ store: QueryStore, idleShare: Double,
    isDense: Bool
  ) throws {
    let client = try LeanClient(port: subject.httpPort)
    var milliseconds: [Double] = []
    var answer = (bytes: 0, rows: 0)
    var (cpu, began) = (0.0, ContinuousClock.now)
    for number in 0..<Self.warmUps + requests {
      if number == Self.warmUps { (cpu, began) = (subject.cpuSeconds, .now) }
      let path = question.path(number, of: store)
      let asked = ContinuousClock.now
      answer = try client.get(path) { body in
        if number >= Self.warmUps { milliseconds.append((.now - asked) / .milliseconds(1)) }
        return (body.count, try question.check(body, of: store, isDense: isDense))
      }
    }
    self.cpu =
      (subject.cpuSeconds - cpu - idleShare * ((.now - began) / .seconds(1))) * 1000 / Double(requests)
    milliseconds.sort()
    self.question = question
    self.requests = requests
    p50 = median(milliseconds)
    p99 = percentile(99, of: milliseconds)
    max = milliseconds[milliseconds.count - 1]
    (bytes, rows) = answer
  }

  static func table(_ all: [QueryLatency]) -> String {
    let rows = all.map { latency in
      [latency.question.title, Table.number(latency.question.target, decimals: 0)]
        + [latency.p50, latency.p99, latency.max, latency.cpu].map { Table.number($0, decimals: 2) }
        + ["\(latency.rows)", "\(latency.bytes)"]
    }
    return Table(["question", "p99 wanted, ms", "p50, ms", "p99, ms", "max, ms", "CPU, ms", "rows", "bytes"], rows).text
  }
}
