import Foundation
import LoopbackBroker

/// What many alerts at once with slow hooks cost the messages, and whether every hook is run in the end.
struct AlertStorm: Encodable {
  /// What messages had to wait, and how many were taken.
  struct Ingest: Encodable {
    /// As fast as the gateway takes them.
    let messagesPerSecond: Double
    /// From sending to acknowledgement, at the pace, in milliseconds.
    let p99: Double

    private enum CodingKeys: String, CodingKey {
      case messagesPerSecond = "messages_per_s"
      case p99 = "ack_p99_ms"
    }
  }

  let alerts: Int
  let hookSeconds: Double
  /// Before and after it, alike in number.
  let calm: Ingest
  let stormy: Ingest
  let rateRatio: Double
  let p99Ratio: Double
  /// Calls that were made and ended, and the time until the last of them had.
  let calls: Int
  let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case alerts, calm, stormy, calls
    case hookSeconds = "hook_s"
    case rateRatio = "rate_ratio"
    case p99Ratio = "ack_p99_ratio"
    case seconds = "until_all_ended_s"
  }

  private static let settling = Duration.seconds(2)
  private static let spans = 3

  /// - Parameters:
  ///   - hook: takes its time, and is called for each alert.
  ///   - span: how long rate and delay are measured each time.
  init(
    _ gateway: ServedGateway, _ hook: BenchHook, alerts: Int, rate: Double, span: Duration, in directory: String
  ) async throws {
    let crew = BenchProbes(metric: hook.metric, count: alerts, name: "storm")
    try await crew.introduce(to: gateway)
    var calm = try await Self.measure(Self.spans, gateway, rate: rate, span)
    let began = ContinuousClock.now
    gateway.pusher.interject((0..<alerts).map { crew.message($0, isAlarming: true) })
    let stormy = try await Self.measure(2 * Self.spans, gateway, rate: rate, span)
    guard Self.ended(hook, in: directory) < alerts else {
      throw explain("all hooks ended while it was measured: let --hook-seconds be more, or --span less", .usage)
    }
    // As long as a hook with the standard concurrency would take.
    let deadline = began + .seconds(60 + Double(alerts) * hook.seconds / 4)
    while Self.ended(hook, in: directory) < alerts, .now < deadline { try await Task.sleep(for: .milliseconds(100)) }
    seconds = (.now - began) / .seconds(1)
    calls = Self.ended(hook, in: directory)
    calm += try await Self.measure(Self.spans, gateway, rate: rate, span)
    self.alerts = alerts
    hookSeconds = hook.seconds
    self.calm = Self.median(calm)
    self.stormy = Self.median(stormy)
    rateRatio = self.stormy.messagesPerSecond / self.calm.messagesPerSecond
    p99Ratio = self.stormy.p99 / self.calm.p99
  }

  /// Devices whose call has ended.
  private static func ended(_ hook: BenchHook, in directory: String) -> Int {
    Set(hook.notes(in: directory).filter { $0.moment == .ended }.map(\.device)).count
  }

  private static func measure(
    _ count: Int, _ gateway: ServedGateway, rate: Double, _ span: Duration
  ) async throws -> [Ingest] {
    var measured: [Ingest] = []
    for _ in 0..<count {
      gateway.pusher.pace = .unbounded
      try await Task.sleep(for: settling)
      let (began, before) = (ContinuousClock.now, gateway.pusher.counts.acknowledged)
      try await Task.sleep(for: span)
      let taken = Double(gateway.pusher.counts.acknowledged - before) / ((.now - began) / .seconds(1))
      gateway.pusher.pace = .perSecond(rate)
      try await Task.sleep(for: settling)
      gateway.pusher.keepDelays()
      try await Task.sleep(for: span)
      let delays = gateway.pusher.takeDelays().map(Double.init).sorted()
      guard !delays.isEmpty else { throw explain("nothing was acknowledged", .unavailable) }
      measured.append(Ingest(messagesPerSecond: taken, p99: percentile(99, of: delays)))
    }
    return measured
  }

  private static func median(_ all: [Ingest]) -> Ingest {
    Ingest(
      messagesPerSecond: ganglion.median(all.map(\.messagesPerSecond)), p99: ganglion.median(all.map(\.p99)))
  }
}
