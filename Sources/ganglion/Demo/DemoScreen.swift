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

  /// So that all fits a terminal of 40 lines.
  private static let mostRows = 8
  private static let window = (text: "5m", seconds: Int64(300))

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
      Ganglion demo: broker on 127.0.0.1:\(brokerPort), API on \(address)
      End it with Ctrl-C. Try:
      curl '\(address)/api/v1/aggregates?metric=weight_added&group_by=district'
      """
  }

  private func statusLines(_ status: GatewayStatus, _ rate: Double) -> String {
    """
    \(Table.number(rate, decimals: 0)) messages/s, \(status.session.messages) in all, \
    \(status.devices) devices with \(status.series) series
    ring \(status.ringOccupancy) of \(status.ringCapacity), journal lag \(status.pending) messages, \
    \(status.openWindows) open windows
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
    let start = Timestamp.now.seconds / Self.window.seconds * Self.window.seconds
    do {
      let tables = try tables(window: Self.window.text, from: "\(start)", mostRows: Self.mostRows)
      return "Since \(clockTime(start))\n" + tables
    } catch {
      return "\(error)"
    }
  }

  /// - Parameter from: in one window.
  private func tables(window: String, from: String, mostRows: Int = .max) throws -> String {
    let reader = try StoreReader(directory: dataDirectory, readers: 1)
    return try DemoTable.all.compactMap {
      try $0.text(reader, window: window, from: from, zone: zone, mostRows: mostRows)
    }.joined(separator: "\n\n")
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
    print("\nThe day, of this demo\n" + (try tables(window: "1d", from: "-1s")))
    let reader = try StoreReader(directory: dataDirectory, readers: 1)
    let ledger = try reader.readNow { try $0.ledger(journalHead: reader.journalHeadOnDisk) }
    print("\n" + LedgerTable(LedgerAnswer(ledger)).text)
  }
}
