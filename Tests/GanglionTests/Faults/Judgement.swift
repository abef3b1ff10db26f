import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// The end of a test with the real process: waits until the store has every message that the broker acknowledged, stops
/// the gateway, and expects the oracle's figures, a ledger that balances and a store that is whole.
func expectExact(
  _ oracle: Oracle, _ gateway: GanglionProcess, data: String, in scratch: ScratchDirectory,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let reader = try StoreReader(directory: data)
  try await eventually(
    "the store has every message: \(gateway.errors)", within: .seconds(60), sourceLocation: sourceLocation
  ) {
    let account = try reader.readNow { try $0.ledger { 0 } }.allMessages
    return account.settled - account.duplicates >= Int64(oracle.messages)
  }
  #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)", sourceLocation: sourceLocation)
  let found = try differences(between: oracle, and: reader)
  #expect(found.isEmpty, "\(found.count) differences: \(found.prefix(10))", sourceLocation: sourceLocation)
  for command in ["ledger", "verify"] {
    let answer = try GanglionProcess.run([command, "--data", data], in: scratch)
    #expect(answer.ending == .exited(0), "\(answer.output)\(answer.errors)", sourceLocation: sourceLocation)
  }
}
