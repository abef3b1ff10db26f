import ArgumentParser
import Foundation
import Gateway
import LoopbackBroker

/// `ganglion bench query`: what questions cost over HTTP while messages come, and what they cost the messages.
struct BenchQuery: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Measure questions over HTTP while messages come in, and the other way round.",
    discussion: """
      Makes a store of a day, starts a gateway on it in a process of its own, and pushes messages of the same devices \
      at a pace, five values each. Then one client asks each question again and again, over one connection on loopback, \
      and every answer is checked. At last many clients ask a mix of the three questions that have a target, while \
      messages come as fast as the gateway takes them, in pairs with and without; and at the pace.
      """)

  @Option(help: "Minutes in the store, of all series together.")
  var rows = 10_000_000

  @Option(help: "Devices, of five series each.")
  var devices = 10_000

  @Option(help: "Messages a second that come meanwhile.")
  var rate = 10_000.0

  @Option(help: "How often each question is asked.")
  var requests = 1000

  @Option(help: "Only this question; may repeat.")
  var question: [QueryQuestion] = []

  @Option(help: "Clients that ask at once; 0 leaves that part out.")
  var clients = 20

  @Option(help: "How long each of them waits between an answer and its next question, in seconds.")
  var think = 5.0

  @Option(help: "Pairs of spans with and without them; medians are printed.")
  var pairs = 5

  @Option(help: "How long a span is measured, in seconds.")
  var span = 10.0

  @Flag(help: "One JSON document.")
  var json = false

  private static let idleSpan = Duration.seconds(3)

  func validate() throws {
    guard rows > 0, devices > 1, requests > 0, pairs > 0, span > 0 else {
      throw ValidationError("counts are more than 0, and devices more than 1")
    }
    guard rate >= 0, think >= 0, clients >= 0 else { throw ValidationError("nothing is less than 0") }
  }

  func run() async throws {
    try await reporting {
      try await withBenchDirectory { directory in
        let store = try QueryStore(directory: directory, devices: devices, rows: rows)
        let subject = try await ServedGateway(devices: store.devices, pace: .perSecond(rate), in: directory)
        defer { subject.stop() }
        var report = QueryReport(store, rate: rate)
        report.idleShare = try await idleShare(of: subject)
        for question in question.isEmpty ? QueryQuestion.allCases : question {
          report.questions.append(
            try QueryLatency(
              question, requests: requests, subject, store, idleShare: report.idleShare,
              isDense: rate >= Double(devices) / 30))
        }
        if clients > 0 {
          report.ingest = try await QueryIngest(
            clients: clients, think: .seconds(think), pairs: pairs, span: .seconds(span), rate: rate, subject, store)
        }
        report.peakMemoryBytes = subject.peakMemoryBytes
        if json { Output.write(try Answer.json(report.document)) } else { print(report.text) }
      }
    }
  }

  /// Processor time that messages alone take, of a second.
  private func idleShare(of subject: ServedGateway) async throws -> Double {
    // The first checkpoint is behind it then.
    try await Task.sleep(for: Self.idleSpan)
    let (began, cpu) = (ContinuousClock.now, subject.cpuSeconds)
    try await Task.sleep(for: Self.idleSpan)
    return (subject.cpuSeconds - cpu) / ((.now - began) / .seconds(1))
  }
}
