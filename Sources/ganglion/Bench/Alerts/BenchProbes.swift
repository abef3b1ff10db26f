/// Devices beside those that only send, whose alerts a hook is called for.
struct BenchProbes {
  /// Whose limit they pass.
  let metric: String
  let count: Int
  /// Their names begin with it.
  let name: String

  func device(_ number: Int) -> String { "\(name)-\(number)" }

  func message(_ number: Int, isAlarming: Bool) -> (topic: String, payload: [UInt8]) {
    let value = isAlarming ? BenchRuleFile.alarming : 20
    let payload = #"{"ts":0000000000000,"\#(metric)":\#(value)}"#
    return ("bench/\(device(number))/telemetry", Array(payload.utf8))
  }

  /// Has all of them speak once, and returns when a checkpoint has them.
  func introduce(to gateway: ServedGateway) async throws {
    gateway.pusher.interject((0..<count).map { message($0, isAlarming: false) })
    try await Task.sleep(for: .seconds(3))
  }
}
