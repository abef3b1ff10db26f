import DeviceCatalog
import Foundation
import Logging
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

@Suite
struct PipelineTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private func outcomes(_ ledger: Ledger) -> [String: Int64] {
    ledger.allMessages.outcomes.reduce(into: [:]) {
      $0[[$1.key.word, $1.key.reason].compactMap { $0 }.joined(separator: " ")] = $1.value
    }
  }

  @Test("Every kind of message ends in one outcome with its reason, and the ledger balances")
  func everyOutcome() throws {
    var harness = try PipelineHarness()
    harness.configuration.limits.devices = 2
    let journal = try harness.openJournal()
    let store = try harness.openStore()
    let pipeline = try harness.start(journal, store)
    let good = #"{"ts":\#(Self.noon),"t":20,"w":1.5,"m":"ON"}"#
    try harness.ingest(
      [
        Message(payload: good),
        Message(payload: good, flags: [.qos1, .redelivered]),
        Message(topic: "b/unknown", payload: good),
        Message(payload: "{"),
        Message(payload: #"{"t":20}"#),
        Message(payload: #"{"ts":\#(Self.noon + 301),"t":20}"#),
        Message(payload: #"{"ts":\#(Self.noon - 31 * 86400),"t":20}"#),
        Message(payload: #"{"ts":\#(Self.noon),"x":20}"#),
        Message(topic: "a/north/", payload: good),
        Message(topic: "a/north/probe\u{7}", payload: good),
        Message(topic: "a/north/" + String(repeating: "x", count: 1017), payload: good),
        Message(topic: "a/" + String(repeating: "x", count: 65_000), payload: good),
        Message(topic: "a/north/" + String(repeating: "x", count: 257), payload: good),
        Message(payload: ""),
        Message(payload: good, flags: [.qos1, .cut]),
        Message(topic: "a/north/probe-2", payload: #"{"ts":\#(Self.noon),"t":200,"w":null,"m":"HALF"}"#, flags: []),
        Message(topic: "a/north/probe-3", payload: good),
        Message(payload: good, flags: [.qos1, .retained]),
      ], journal, pipeline)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
    #expect(ledger.received == 18)
    #expect(ledger.receivedAtQoS0 == 1)
    #expect(
      outcomes(ledger) == [
        "decoded": 3, "duplicate": 1, "dead-lettered no-profile": 1, "dead-lettered malformed": 1,
        "dead-lettered time": 1, "dead-lettered future": 1, "dead-lettered past": 1, "dead-lettered empty": 1,
        "dead-lettered no-metric": 1, "dead-lettered topic": 3, "dead-lettered device": 2, "dead-lettered oversize": 1,
        "dead-lettered device-limit": 1,
      ])
    let readings = ledger.allReadings
    #expect(readings.entered == 9)
    #expect(readings.outcomes[Account.Entry(word: "aggregated", reason: nil)] == 3)
    #expect(readings.outcomes[Account.Entry(word: "bad", reason: "range")] == 1)
    #expect(readings.outcomes[Account.Entry(word: "bad", reason: "missing")] == 1)
    #expect(readings.outcomes[Account.Entry(word: "bad", reason: "state")] == 1)
    #expect(readings.outcomes[Account.Entry(word: "rejected", reason: "retained")] == 3)
    let letters = try StoreReader(directory: harness.configuration.data).readNow { try $0.deadLetters(limit: 100) }
    #expect(letters.count == 14)
    let oldest = try #require(letters.last)
    #expect(oldest.id == 3)
    #expect(oldest.topic == Data("b/unknown".utf8))
    #expect(oldest.payload == Data(good.utf8))
    #expect(oldest.receivedAt == Timestamp(seconds: Self.noon))
  }

  @Test("A retained message without a time of its own is ignored")
  func retainedWithoutTime() throws {
    let profile = PipelineHarness.profile.replacing("time: { at: /ts, as: unix-s }\n", with: "")
    let harness = try PipelineHarness(profiles: ["probe.yaml": profile])
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest([Message(payload: #"{"t":1}"#, flags: [.qos1, .retained])], journal, pipeline)
    try harness.ingest([Message(payload: #"{"t":2}"#)], journal, pipeline)
    try pipeline.checkpoint()
    #expect(outcomes(try harness.ledger(journal)) == ["ignored retained": 1, "decoded": 1])
    let latest = try harness.ask(Question.latest, [])
    #expect(latest["readings"][0]["value"] == .number(2))
  }

  @Test("What was journaled and not checkpointed is replayed by the next start, once")
  func replay() throws {
    let harness = try PipelineHarness()
    do {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      try harness.ingest([Message(payload: #"{"ts":\#(Self.noon),"t":20}"#)], journal, pipeline)
      try pipeline.checkpoint()
      try harness.ingest([Message(payload: #"{"ts":\#(Self.noon + 1),"t":22}"#)], journal, pipeline)
    }
    for _ in 0..<2 {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      #expect(pipeline.applied.sequence == 2)
      let point = try harness.ask(
        Question.aggregates,
        [
          ("metric", "temperature"), ("from", "\(Self.noon)"), ("to", "\(Self.noon + 60)"),
          ("fn", "count,sum,first,last"),
        ])[
          "series"][0]["points"][0]
      #expect(point["count"] == .number(2))
      #expect(point["sum"] == .number(42))
      #expect(point["first"] == .number(20))
      #expect(point["last"] == .number(22))
      #expect(try harness.ledger(journal).imbalances().isEmpty)
    }
  }

  @Test("Messages are decoded by the profile that was in force when they came")
  func formerCatalogue() throws {
    let harness = try PipelineHarness()
    do {
      let journal = try harness.openJournal()
      _ = try harness.start(journal, try harness.openStore())
      try harness.journal([Message(payload: #"{"ts":\#(Self.noon),"t":20}"#)], to: journal)
    }
    try harness.scratch.file(
      "devices/probe.yaml", PipelineHarness.profile.replacing("name: temperature", with: "name: heat"))
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest([Message(payload: #"{"ts":\#(Self.noon + 1),"t":21}"#)], journal, pipeline)
    try pipeline.checkpoint()
    let readings = try harness.ask(Question.latest, [])["readings"]
    #expect(readings.count == 2)
    #expect(readings[0]["metric"] == .text("heat"))
    #expect(readings[0]["value"] == .number(21))
    #expect(readings[1]["metric"] == .text("temperature"))
    #expect(readings[1]["value"] == .number(20))
  }

  @Test("Where the journal is lost numbers go on; where the store is lost too, what is missing is booked")
  func journalReplaced() throws {
    let harness = try PipelineHarness()
    let message = Message(payload: #"{"ts":\#(Self.noon),"t":20}"#)
    let files = FileManager.default
    func removeJournal() throws {
      for file in try files.contentsOfDirectory(atPath: harness.configuration.data) where file.hasPrefix("journal.db") {
        try files.removeItem(atPath: "\(harness.configuration.data)/\(file)")
      }
    }
    do {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      try harness.ingest([message, message, message], journal, pipeline)
      try pipeline.checkpoint()
    }
    try removeJournal()
    do {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      #expect(journal.head == 3)
      try harness.ingest([message], journal, pipeline)
      try pipeline.checkpoint()
      let ledger = try harness.ledger(journal)
      #expect(ledger.received == 4)
      #expect(ledger.imbalances().isEmpty)
    }
    // The store is lost: what the journal still has is counted, the rest is booked as lost.
    try removeJournal()
    for suffix in ["", "-wal", "-shm"] {
      try? files.removeItem(atPath: "\(harness.configuration.data)/store.db\(suffix)")
    }
    let journal = try harness.openJournal()
    try journal.continueNumbering(after: 10)
    try harness.journal([message], to: journal)
    _ = try harness.start(journal, try harness.openStore())
    let ledger = try harness.ledger(journal)
    #expect(ledger.received == 11)
    #expect(outcomes(ledger) == ["lost restore": 10, "decoded": 1])
    #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
  }

  @Test("A window counts under the tags in force at its start; the first value holds for all time before")
  func tagHistory() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    func message(_ site: String, _ minute: Int64) -> Message {
      Message(topic: "a/\(site)/probe-1", payload: #"{"ts":\#(Self.noon + minute * 60),"w":1}"#)
    }
    try harness.ingest([message("north", -10), message("north", -20), message("south", -5)], journal, pipeline)
    // Late news of the old place change nothing.
    try harness.ingest([message("north", -7), message("south", 0)], journal, pipeline)
    try pipeline.checkpoint()
    func sums(_ window: String) throws -> [String: Double] {
      let series = try harness.ask(
        Question.aggregates,
        [
          ("metric", "weight"), ("group_by", "site"), ("fn", "sum"), ("window", window), ("from", "-1h"),
          ("to", "\(Self.noon + 60)"),
        ])["series"]
      var sums: [String: Double] = [:]
      for index in 0..<series.count {
        for point in 0..<series[index]["points"].count {
          guard case .text(let site) = series[index]["group"]["site"],
            case .number(let sum) = series[index]["points"][point]["sum"]
          else { continue }
          sums[site, default: 0] += sum
        }
      }
      return sums
    }
    #expect(try sums("15m") == ["north": 3, "south": 2])
    // A day counts as a whole, like an hour: it is stored as such.
    #expect(try sums("1d") == ["north": 5])
  }

  @Test("The oldest dead letters go where there are too many, and are counted")
  func deadLetterLimit() throws {
    var harness = try PipelineHarness()
    harness.configuration.limits.deadLetters = 5
    let journal = try harness.openJournal()
    let store = try harness.openStore()
    let pipeline = try harness.start(journal, store)
    for _ in 0..<3 {
      try harness.ingest(Array(repeating: Message(payload: "{"), count: 4), journal, pipeline)
      try pipeline.checkpoint()
    }
    let (letters, position) = try StoreReader(directory: harness.configuration.data).readNow {
      (try $0.deadLetters(limit: 100), try $0.position())
    }
    #expect(letters.map(\.id) == [12, 11, 10, 9, 8])
    #expect(position.deadLettersDropped == 7)
    #expect(try harness.ledger(journal).imbalances().isEmpty)
  }

  @Test("A flood of topics is remembered up to a limit in count and in bytes, and resolved the same after it")
  func hostileTopics() throws {
    let harness = try PipelineHarness()
    let catalogue = try Catalogue(CatalogueFiles.forDirectory(harness.configuration.devices))
    let probe = catalogue.profiles.firstIndex { $0.name == "probe" }
    func resolve(_ topic: String, _ table: inout RouteTable) -> Int? {
      Array(topic.utf8).withUnsafeBytes { bytes in
        let index = table.index(of: bytes, hash: ContentHash.of(bytes))
        return table[index].profiles.first
      }
    }
    var byCount = RouteTable(
      catalogue, accounts: [:], longestTopicBytes: 1024, limits: RouteTable.Limits(topics: 100, bytes: 1 << 20))
    var byBytes = RouteTable(
      catalogue, accounts: [:], longestTopicBytes: 1024, limits: RouteTable.Limits(topics: 10_000, bytes: 5000))
    for number in 0..<1000 {
      for (topic, expected) in [("hostile/\(number)", nil), ("a/north/probe-\(number)", probe)] {
        let found = [resolve(topic, &byCount), resolve(topic, &byBytes)]
        #expect(found == [expected, expected])
        #expect(byCount.count <= 100)
        #expect(byBytes.count * 9 <= 5000)
      }
    }
  }

  @Test("A tag that was passed over for its age is taken when it comes with a later time")
  func tagReturns() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    func message(_ line: String, _ second: Int64) -> Message {
      Message(payload: #"{"ts":\#(Self.noon + second),"w":1,"line":"\#(line)"}"#)
    }
    try harness.ingest(
      [message("A", -600), message("B", -300), message("A", -400), message("A", -60)], journal, pipeline)
    try pipeline.checkpoint()
    #expect(try harness.ask(Question.latest, [])["readings"][0]["tags"]["line"] == .text("A"))
  }

  @Test("While the clock is known to be wrong, event times are not limited by it, in a replay too")
  func unsureClock() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let boot = Timestamp(seconds: 100)
    let message = Message(
      payload: #"{"ts":\#(Self.noon),"t":20}"#, receivedAt: boot, flags: [.qos1, .unsureClock])
    try harness.journal([message], to: journal)
    _ = try harness.start(journal, try harness.openStore())
    #expect(outcomes(try harness.ledger(journal)) == ["decoded": 1])
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let behind = ClockCheck(lastKnown: Timestamp(seconds: 200), patience: .milliseconds(250)) { boot }
    #expect(!behind.waitUntilRight(log: log))
    #expect(ClockCheck(lastKnown: Timestamp(seconds: 100)) { boot }.waitUntilRight(log: log))
  }

  @Test("A journal that is older than the store is told by its numbers; nothing is counted again")
  func olderJournal() throws {
    let harness = try PipelineHarness()
    let message = Message(payload: #"{"ts":\#(Self.noon),"t":20}"#)
    let data = harness.configuration.data
    do {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      try harness.ingest([message], journal, pipeline)
      try pipeline.checkpoint()
      try journal.queue.close()
      try FileManager.default.copyItem(atPath: "\(data)/journal.db", toPath: "\(data)/copy.db")
    }
    do {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      try harness.ingest([message, message], journal, pipeline)
      try pipeline.checkpoint()
      try journal.queue.close()
      try FileManager.default.removeItem(atPath: "\(data)/journal.db")
      try FileManager.default.moveItem(atPath: "\(data)/copy.db", toPath: "\(data)/journal.db")
    }
    let journal = try harness.openJournal()
    #expect(journal.head == 1)
    let pipeline = try harness.start(journal, try harness.openStore())
    #expect(journal.head == 3)
    try harness.ingest([message], journal, pipeline)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(outcomes(ledger) == ["decoded": 4])
    #expect(ledger.imbalances().isEmpty)
  }
}
