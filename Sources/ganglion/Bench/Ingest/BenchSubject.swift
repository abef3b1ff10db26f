import ArgumentParser
import Foundation
import Simulator

/// `ganglion bench subject`: one run of `bench ingest`, in a process of its own.
struct BenchSubject: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "subject", abstract: "One run of `bench ingest`.", shouldDisplay: false)

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    /// A libmosquitto subscriber that counts.
    case bare
    /// The whole gateway, until the last message is in the store.
    case gateway
    /// The same with the messages of a fleet.
    case fleet
    /// The gateway without checkpoints, killed when the last message is in the journal.
    case fill
    /// The start of a gateway on what `fill` left behind, until the first new message.
    case replay
  }

  @Option var kind: Kind
  @Option var port: Int
  @Option var messages: Int
  @Option var qos: Int
  @Option var directory: String
  /// Of the kinds that are a whole gateway.
  @Option var rulesPerSeries = 0

  func run() async throws {
    try await reporting {
      let gateway = BenchGateway(
        directory: directory, port: port, messages: messages, takesFleet: kind == .fleet,
        rulesPerSeries: rulesPerSeries)
      let measure =
        switch kind {
        case .bare: try measureBare()
        case .gateway, .fleet: try await gateway.measureIngest()
        case .fill: try await gateway.fill()
        case .replay: try await gateway.measureRestart()
        }
      Output.write(try JSONEncoder().encode(measure))
    }
  }

  private func measureBare() throws -> BenchMeasure {
    let subscriber = BareSubscriber()
    let before = ProcessUsage.now
    try subscriber.run(port: port, qos: Int32(qos), until: messages)
    return ProcessUsage.now.measure(
      since: before, messages: messages, seconds: (.now - subscriber.began!) / .seconds(1))
  }
}
