import Foundation
import Ingest
import Storage
import Synchronization
import Telemetry

@testable import Gateway
@testable import Ingest

/// A gateway's journal, store, pipeline and streams, without sockets, by a clock that the test sets.
final class StreamHarness {
  typealias Message = PipelineHarness.Message

  static let noon = PipelineHarness.noon

  private(set) var harness: PipelineHarness
  private let clock = Clock()
  private var journal: Journal
  private var store: Store
  private(set) var pipeline: Pipeline
  private var directory: StreamDirectory
  private var reader: StoreReader

  private final class Clock: Sendable {
    private let second = Mutex(StreamHarness.noon)

    func set(_ value: Int64) { second.withLock { $0 = value } }
    var now: Timestamp { Timestamp(seconds: second.withLock { $0 }) }
  }

  var hub: StreamHub { pipeline.streams }

  /// - Parameter rules: the text of a rule file; nil for none.
  init(events: Int = 1000, rules: String? = nil) throws {
    var harness = try PipelineHarness()
    if let rules { harness.rules = try RuleFile(rules, file: "alerts.yaml").rules }
    harness.configuration.limits.streamEvents = events
    harness.clock = { [clock] in clock.now }
    self.harness = harness
    journal = try harness.openJournal()
    store = try harness.openStore()
    pipeline = try harness.start(journal, store)
    reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    directory = StreamDirectory(pipeline.streams, reader)
    listen()
  }

  /// Sensors are heard from the start on.
  private func listen() {
    let moment = clock.now
    pipeline.alerts?.listen(Hearing.Span(since: moment, through: moment), isDrained: false)
  }

  /// Sets the clock, to seconds behind noon, and writes a checkpoint, which hands over.
  func checkpoint(at seconds: Int64? = nil) throws {
    if let seconds { clock.set(Self.noon + seconds) }
    try pipeline.checkpoint()
  }

  /// Takes messages in; the caller writes the checkpoint.
  func take(_ messages: Message...) throws { try harness.ingest(messages, journal, pipeline) }

  /// A message of a temperature.
  static func temperature(
    _ value: Double, of device: String = "probe-1", site: String = "north", at seconds: Int64 = 0, receivedAt: Int64 = 0
  ) -> Message {
    Message(
      topic: "a/\(site)/\(device)", payload: #"{"ts":\#(noon + seconds),"t":\#(value)}"#,
      receivedAt: Timestamp(seconds: noon + receivedAt))
  }

  /// Ends the gateway and starts it anew.
  func restart() throws {
    try pipeline.close()
    journal = try harness.openJournal()
    store = try harness.openStore()
    pipeline = try harness.start(journal, store)
    reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    directory = StreamDirectory(pipeline.streams, reader)
    listen()
  }

  /// A client without its connection.
  final class Client {
    private var teller: StreamTeller
    private let ticket: StreamTicket
    private(set) var events: [Event] = []
    private(set) var lastID: String?

    fileprivate init(_ teller: StreamTeller, _ ticket: StreamTicket) {
      self.teller = teller
      self.ticket = ticket
    }

    /// Reads what there is.
    ///
    /// - Returns: the events that came.
    @discardableResult
    func read() async throws -> [Event] {
      var fresh: [Event] = []
      while let text = try await teller.next() {
        let (events, last) = Event.parse(String(decoding: text, as: UTF8.self))
        fresh += events
        lastID = last ?? lastID
      }
      events += fresh
      return fresh
    }
  }

  func client(_ query: String = "", scope: TagScope = .whole, after id: String? = nil) throws -> Client {
    let query = try StreamQuery(QueryParameters(urlQuery: query), zone: harness.configuration.timeZone)
    let ticket = try hub.enter(
      token: nil, wantsReadings: query.contents.contains(.readings), wantsAlerts: query.contents.contains(.alerts))
    return Client(
      StreamTeller(
        query, scope, from: try id.map { id throws(QueryError) in try StreamPosition(id) }, hub: hub,
        directory: directory, reader: reader, rules: { [rules = harness.rules] in rules }), ticket)
  }

  /// An event as a browser has it.
  struct Event: Equatable {
    var kind = "message"
    var data: JSON = .null
    var id: String

    /// By the rules of the standard, of whole blocks of lines.
    ///
    /// - Returns: the events, and the last id, of a block without data too.
    static func parse(_ text: String) -> (events: [Event], lastID: String?) {
      var events: [Event] = []
      var (kind, data, id) = ("message", "", String?.none)
      for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        if line.isEmpty {
          if !data.isEmpty {
            let value = (try? JSONDecoder().decode(JSON.self, from: Data(data.utf8))) ?? .text(data)
            events.append(Event(kind: kind, data: value, id: id ?? ""))
          }
          (kind, data) = ("message", "")
          continue
        }
        if line.hasPrefix(":") { continue }
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        let value = parts.count > 1 ? String(parts[1].trimmingPrefix(" ")) : ""
        switch parts[0] {
        case "id": id = value
        case "event": kind = value
        case "data": data += data.isEmpty ? value : "\n" + value
        default: break
        }
      }
      return (events, id)
    }
  }
}
