import Foundation
import LoopbackBroker

/// From the message that starts or ends an alert to the start of the script that is called for it, in milliseconds.
struct AlertLatency: Encodable {
  let calls: Int
  let p50: Double
  let p99: Double
  let max: Double
  let rules: Int
  let series: Int

  private enum CodingKeys: String, CodingKey {
    case calls, rules, series
    case p50 = "p50_ms"
    case p99 = "p99_ms"
    case max = "max_ms"
  }

  /// Beside those that only send; each alerts and is well again in turn.
  private static let probes = 100

  /// - Parameters:
  ///   - ruleFile: its first hook is the one that is timed.
  ///   - perSecond: alerts that start, and as many that end.
  init(
    _ gateway: ServedGateway, _ ruleFile: BenchRuleFile, alerts: Int, perSecond: Double, in directory: String
  ) async throws {
    let hook = ruleFile.hooks[0]
    let crew = BenchProbes(metric: hook.metric, count: Self.probes, name: "probe")
    try await crew.introduce(to: gateway)
    let before = gateway.pusher.interjectedAtMicroseconds.count
    var sent: [(device: String, state: String)] = []
    func send(_ number: Int, isAlarming: Bool) {
      let probe = number % crew.count
      gateway.pusher.interject([crew.message(probe, isAlarming: isAlarming)])
      sent.append((crew.device(probe), isAlarming ? "firing" : "resolved"))
    }
    let pause = Duration.seconds(0.5 / perSecond)
    var next = ContinuousClock.now
    // Half of them are on at any time.
    let open = crew.count / 2
    for number in 0..<alerts + open {
      if number < alerts { send(number, isAlarming: true) }
      next += pause
      try await Task.sleep(until: next)
      if number >= open { send(number - open, isAlarming: false) }
      next += pause
      try await Task.sleep(until: next)
    }
    let times = try await Self.calls(hook, sent.count, in: directory)
    let sentAt = gateway.pusher.interjectedAtMicroseconds.dropFirst(before)
    var milliseconds = try Self.match(zip(sent, sentAt).map { ($0.device, $0.state, $1) }, times)
    milliseconds.sort()
    calls = milliseconds.count
    p50 = median(milliseconds)
    p99 = percentile(99, of: milliseconds)
    max = milliseconds[milliseconds.count - 1]
    rules = ruleFile.rules
    series = ruleFile.devices * BenchLoad.seriesOfDevice
  }

  private static func calls(_ hook: BenchHook, _ count: Int, in directory: String) async throws -> [BenchHook.Note] {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let started = hook.notes(in: directory).filter { $0.moment == .started }
      if started.count >= count { return started }
      guard .now < deadline else { throw explain("\(started.count) of \(count) calls were made", .unavailable) }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// The n-th call for a device and state is for its n-th message.
  private static func match(
    _ sent: [(device: String, state: String, at: Int64)], _ called: [BenchHook.Note]
  ) throws -> [Double] {
    var waiting: [String: [Int64]] = [:]
    for message in sent { waiting["\(message.device) \(message.state)", default: []].append(message.at) }
    return try called.sorted { $0.microseconds < $1.microseconds }.map { note in
      let key = "\(note.device) \(note.state)"
      guard let at = waiting[key]?.first else { throw explain("a call for \(key) that nobody asked for", .badData) }
      waiting[key]?.removeFirst()
      return Double(note.microseconds - at) / 1000
    }
  }
}
