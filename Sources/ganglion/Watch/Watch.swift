import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Glibc
import Ingest
import Simulator
import Synchronization
import Telemetry

/// `ganglion watch`: what the broker brings, and what the profiles make of it. Stores nothing, acknowledges nothing.
struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show live topics with rates, the profile that matches or the nearest, the last reading and error.",
    discussion: """
      Listens beside a running gateway under a client id of its own, at QoS 0: nothing is taken away from it.

        ganglion watch --config ganglion.yaml --topic '#'     everything that the broker has
      """)

  @Option(help: "The gateway's configuration file: broker, profiles, time zone.")
  var config = GatewayConfiguration.standardPath

  @Option(help: "A topic filter; may repeat (default: what the gateway subscribes to).")
  var topic: [String] = []

  @Option(
    name: .customLong("for"), help: ArgumentHelp("End after this span, such as 30s; else at Ctrl-C.", valueName: "span")
  )
  var span: Span?

  @Flag(help: "At the end one JSON object a topic, and nothing before.")
  var json = false

  func validate() throws {
    for filter in topic {
      if let problem = TopicFilters.problem(with: filter) { throw ValidationError("--topic '\(filter)': \(problem)") }
    }
  }

  func run() async throws {
    try await reporting {
      let stop = await StopSignals()
      let configuration = try GatewayConfiguration(file: config)
      let catalogue = try Catalogue(.forDirectory(configuration.devices))
      let state = WatchState(
        WatchBoard(catalogue, decoder: configuration.messageDecoder(catalogue), beganAt: .now),
        broker: "\(configuration.mqtt.host):\(configuration.mqtt.port)")
      let listener = TopicListener(
        try configuration.listenerSettings(for: catalogue, filters: topic), report: state.take)
      let listening = Task { try await onThread { listener.run() } }
      let showing = Task { await show(state) }
      await stop.wait(atMost: span?.duration, orEndOf: listening, or: listening)
      listener.stop()
      try await listening.value
      showing.cancel()
      await showing.value
      try conclude(state)
    }
  }

  /// The table anew each second on a terminal, every five seconds elsewhere.
  private func show(_ state: WatchState) async {
    guard !json else { return }
    let isTerminal = isatty(STDOUT_FILENO) == 1
    while (try? await Task.sleep(for: .seconds(isTerminal ? 1 : 5))) != nil {
      print((isTerminal ? "\u{1B}[H\u{1B}[2J" : "") + state.page(rows: isTerminal ? 40 : 20) + "\n")
      fflush(nil)
    }
  }

  private func conclude(_ state: WatchState) throws {
    let (board, problem) = state.ending
    if json {
      for topic in board.topics(at: .now) { Output.write(try Answer.json(topic)) }
    } else {
      print(board.table(rows: 1000, at: .now))
      print("\(board.messages) messages.")
    }
    if board.messages == 0, let problem { throw explain(problem, .unavailable) }
  }
}

/// What the listener's thread tells and the screen shows.
private final class WatchState: Sendable {
  private struct Content {
    var board: WatchBoard
    var status = "connecting"
    /// Why nothing comes.
    var problem: String?
  }

  private let content: Mutex<Content>
  private let broker: String

  init(_ board: WatchBoard, broker: String) {
    self.broker = broker
    content = Mutex(Content(board: board))
  }

  @Sendable
  func take(_ event: TopicListener.Event) {
    content.withLock { content in
      switch event {
      case .connected:
        content.status = "connected"
        content.problem = nil
      case .refused(let filter):
        content.problem = "the broker refuses the subscription \(filter): check its access rules"
      case .disconnected(let reason):
        content.status = "not connected"
        content.problem = "\(broker): \(reason)"
      case .message(let topic, let payload, _): content.board.take(topic: topic, payload: payload, at: .now)
      }
    }
  }

  func page(rows: Int) -> String {
    content.withLock { content in
      let problem = content.problem.map { " (\($0))" } ?? ""
      return "\(broker): \(content.status)\(problem), \(content.board.messages) messages. End it with Ctrl-C.\n\n"
        + content.board.table(rows: rows, at: .now)
    }
  }

  var ending: (board: WatchBoard, problem: String?) { content.withLock { ($0.board, $0.problem) } }
}
