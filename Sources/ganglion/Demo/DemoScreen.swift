import Foundation
import Gateway
import Glibc
import Storage
import Telemetry

/// What the demo shows: a live table while it runs, and the figures at its end.
struct DemoScreen: Sendable {
  let gateway: Gateway
  let brokerPort: Int
  /// The API's port.
  let port: Int
  let dataDirectory: String
  let zone: TimeZone

  /// The metrics of the table, each with the tag that groups it.
  private static let shown = [
    ("weight_added", "district"), ("temperature", "district"), ("speed", "site"), ("turbidity", "district"),
    ("outlet_pressure", "district"),
  ]

  private var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Shows the table anew each second on a terminal, a line every five seconds elsewhere, until the task is cancelled.
  func show() async {
    var lastMessages: Int64 = 0
    var lastAt = ContinuousClock.now
    var beats = 0
    if !isTerminal { print(header) }
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      let status = gateway.status
      let elapsed = ContinuousClock.now - lastAt
      let rate = Double(status.session.messages - lastMessages) / elapsed.seconds
      lastMessages = status.session.messages
      lastAt = .now
      beats += 1
      if isTerminal {
        print("\u{1B}[H\u{1B}[2J" + header + "\n\n" + statusLines(status, rate) + "\n\n" + openWindows())
      } else if beats % 5 == 0 {
        print(statusLine(status, rate))
      }
      fflush(nil)
    }
  }

  private var header: String {
    let address = "http://127.0.0.1:\(port)"
    return """
      Ganglion demo: broker on 127.0.0.1:\(brokerPort), API on \(address). End it with Ctrl-C.
      Try: curl '\(address)/api/v1/aggregates?metric=weight_added&window=1m&from=-10m&group_by=district&fn=sum,count'
      """
  }

  private func statusLines(_ status: GatewayStatus, _ rate: Double) -> String {
    """
    messages/s   \(Table.number(rate, decimals: 0))
    messages     \(status.session.messages)
    ring         \(status.ringOccupancy) of \(status.ringCapacity)
    journal lag  \(status.pending) messages
    devices      \(status.devices), \(status.series) series
    open windows \(status.openWindows)
    """
  }

  private func statusLine(_ status: GatewayStatus, _ rate: Double) -> String {
    """
    \(Table.number(rate, decimals: 0)) messages/s, \(status.session.messages) messages, ring \(status.ringOccupancy), \
    journal lag \(status.pending), \(status.devices) devices, \(status.openWindows) open windows
    """
  }

  // MARK: Windows

  private func openWindows() -> String {
    let now = Timestamp.now
    let minute = now.seconds / 60 * 60
    let title = "Windows of the minute \(clockTime(minute))"
    do {
      return title + "\n" + Table(Self.columns, try rows(window: "1m", from: "\(minute)", to: "\(minute + 60)")).text
    } catch {
      return title + "\n\(error)"
    }
  }

  private static let columns = ["metric", "group", "count", "sum", "mean", "min", "max", "unit"]

  private func rows(window: String, from: String, to: String) throws -> [[String]] {
    let reader = try StoreReader(directory: dataDirectory, readers: 1)
    return try Self.shown.flatMap { metric, tag -> [[String]] in
      let question = Question.aggregates(
        QueryParameters([
          ("metric", metric), ("window", window), ("from", from), ("to", to), ("group_by", tag),
          ("fn", "count,sum,mean,min,max"),
        ]))
      let answer = try reader.readNow { try question.answer($0, zone: zone, now: .now) }
      return try JSONDecoder().decode(ShownAggregates.self, from: answer.body).rows(tag: tag)
    }
  }

  private func clockTime(_ seconds: Int64) -> String {
    let date = Date(timeIntervalSince1970: Double(seconds))
    let text = CivilTime(Timestamp(seconds: seconds), zoneOffset: Int64(zone.secondsFromGMT(for: date))).text
    return String(text.dropFirst(11).prefix(5))
  }

  // MARK: The end

  /// Waits until the gateway gets what is published from now on.
  func waitUntilSubscribed() async {
    await wait { $0.session.isSubscribed }
  }

  /// Waits until all messages are in the store.
  func waitUntilStored(messages: Int) async {
    await wait { $0.session.messages >= Int64(messages) && $0.pending == 0 }
  }

  /// For ten seconds at most.
  private func wait(until isReached: (GatewayStatus) -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline, !isReached(gateway.status) {
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Prints what is in the store, after the gateway has ended.
  func summarise() throws {
    print("\nAggregates of this demo by district and site")
    print(Table(Self.columns, try rows(window: "1d", from: "-1h", to: "now")).text)
    let reader = try StoreReader(directory: dataDirectory, readers: 1)
    let ledger = try reader.readNow { try $0.ledger(journalHead: reader.journalHeadOnDisk) }
    print("\n" + LedgerTable(LedgerAnswer(ledger)).text)
  }
}

/// What the screen reads of an answer.
private struct ShownAggregates: Decodable {
  struct Series: Decodable {
    struct Point: Decodable {
      let count: Int64
      let sum: Double?
      let mean: Double?
      let min: Double?
      let max: Double?
    }

    let metric: String
    let unit: String?
    let group: [String: String?]
    let points: [Point]
  }

  let series: [Series]

  func rows(tag: String) -> [[String]] {
    series.flatMap { series in
      series.points.map { point in
        let figures: [String] = [point.sum, point.mean, point.min, point.max].map { Table.number($0, decimals: 2) }
        let group: String = (series.group[tag] ?? nil) ?? "-"
        return [series.metric, group, "\(point.count)"] + figures + [series.unit ?? ""]
      }
    }
  }
}
