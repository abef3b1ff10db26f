import DeviceCatalog
import Foundation
import Ingest
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

/// Dead letters that are read again count where they belong, once, and the ledger says so.
@Suite
struct LetterReplayTests {
  private typealias Message = PipelineHarness.Message

  /// With the place of the time where the devices of some makers have it, or without.
  private static func profile(times: String) -> String {
    """
    profile: probe
    topics: ["a/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: \(times), as: unix-s }
    interval: 10s
    identity: time
    tags: { site: "{site}" }
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, range: [-50, 100] }
      - { name: weight, at: /w, kind: event, unit: kg }
      - { name: total, at: /n, kind: counter, unit: m3 }
      - { name: mode, at: /m, kind: state, states: [OFF, ON] }
    """
  }

  private static let wrong = profile(times: "/ts")
  private static let right = profile(times: "[/ts, /stamp]")

  /// One life of a gateway on the harness's data.
  private final class Life {
    let harness: PipelineHarness
    let journal: Journal
    let pipeline: Pipeline

    init(_ harness: PipelineHarness) throws {
      self.harness = harness
      journal = try harness.openJournal()
      pipeline = try harness.start(journal, try harness.openStore())
    }

    func ingest(_ messages: [Message]) throws { try harness.ingest(messages, journal, pipeline) }

    func replay(_ parameters: [(name: String, value: String)] = [], takesIn: Bool = true) async throws
      -> LetterReplayReport
    {
      let catalogue = try Catalogue(.forDirectory(harness.configuration.devices))
      return try await LetterReplay(
        QueryParameters(parameters), .whole, catalogue, largestPayloadBytes: harness.configuration.mqtt.maxPacketBytes,
        reader: StoreReader(directory: harness.configuration.data, readers: 1),
        journal: { try self.journalLetters($0, takesIn: takesIn) },
        settle: {
          if takesIn { try self.pipeline.checkpoint() }
          return takesIn
        }
      ).run()
    }

    private func journalLetters(_ letters: [ReplayedLetter], takesIn: Bool) throws {
      let ring = harness.configuration.makeRing()
      try journal.append(letters, through: ring, applied: pipeline.applied.sequence)
      guard takesIn else { return }
      for index in ring.readable() { try pipeline.process(ring.message(at: index)) }
    }
  }

  private func mend(_ harness: PipelineHarness) throws {
    try harness.scratch.file("devices/probe.yaml", Self.right)
  }

  private func messages(_ random: inout RandomSource) -> [Message] {
    var messages: [Message] = []
    var total = 0
    // Where readings of one series have one time the order in which they come decides which is the first.
    var taken: Set<[Int]> = []
    for number in 0..<300 {
      let at = Int(PipelineHarness.noon) + number * 2
      // Late by up to three minutes, some of them.
      let time = random.happens(onceIn: 4) ? at - Int.random(in: 0..<180, using: &random) : at
      guard taken.insert([number % 3, time]).inserted else { continue }
      total = random.happens(onceIn: 60) ? 0 : total + Int.random(in: 0..<5, using: &random)
      let name = random.happens(onceIn: 2) ? "ts" : "stamp"
      let temperature = random.happens(onceIn: 20) ? 400 : Int.random(in: -10..<40, using: &random)
      let mode = random.happens(onceIn: 2) ? "ON" : "OFF"
      let payload = #"{"\#(name)":\#(time),"t":\#(temperature),"w":\#(number % 7),"n":\#(total),"m":"\#(mode)"}"#
      let message = Message(
        topic: "a/north/probe-\(number % 3)", payload: payload, receivedAt: Timestamp(seconds: Int64(at)))
      messages.append(message)
      if random.happens(onceIn: 15) { messages.append(message) }
      if random.happens(onceIn: 15) {
        messages.append(Message(topic: message.topic, payload: "{", receivedAt: message.receivedAt))
      }
    }
    return messages
  }

  /// All that a user can ask for of it, but for how often and when it was changed.
  private func figures(_ harness: PipelineHarness) throws -> [JSON] {
    let from = PipelineHarness.noon - 3600
    return try [
      ("temperature", "count,bad_count,sum,min,max,first,last,twa"), ("weight", "count,sum"),
      ("total", "count,increase"),
      ("mode", "seconds,count"),
    ].flatMap { metric, functions in
      try ["1m", "1h"].map { window in
        try harness.ask(
          Question.aggregates,
          [
            ("metric", metric), ("window", window), ("from", "\(from)"), ("to", "\(from + 7200)"), ("fn", functions),
            ("group_by", "device,site"),
          ], now: from + 7200
        ).without("revision")
      }
    } + [try harness.ask(Question.latest, []).without("received_at")]
  }

  @Test("Within the horizon the figures are those of a profile that was right from the start, through crashes anywhere")
  func equalsRightFromTheStart() async throws {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let all = messages(&random)
    let reference = try PipelineHarness(profiles: ["probe.yaml": Self.right])
    let straight = try Life(reference)
    try straight.ingest(all)
    try straight.pipeline.checkpoint()

    let harness = try PipelineHarness(profiles: ["probe.yaml": Self.wrong])
    var life = try Life(harness)
    for message in all {
      try life.ingest([message])
      if random.happens(onceIn: 40) { try life.pipeline.checkpoint() }
      if random.happens(onceIn: 60) { life = try Life(harness) }
    }
    try life.pipeline.checkpoint()
    try mend(harness)
    life = try Life(harness)
    // Journaled, and then the process is gone; asked for again by somebody who does not know.
    let pending = try await life.replay([("limit", "20")], takesIn: false)
    #expect(pending.isPending && pending.refused.isEmpty, "seed \(seed)")
    if random.happens(onceIn: 2) { life = try Life(harness) }
    _ = try await life.replay([("limit", "50")], takesIn: false)
    life = try Life(harness)
    let report = try await life.replay()
    #expect(report.refused.keys.sorted() == ["malformed"] && !report.isPending, "seed \(seed)")

    let differences = try JSON.list(figures(harness)).differences(from: .list(figures(reference)))
    #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(10))")
    let (ledger, wanted) = (try harness.ledger(life.journal), try reference.ledger(straight.journal))
    #expect(ledger.imbalances().isEmpty, "seed \(seed): \(ledger.imbalances())")
    #expect(ledger.readings == wanted.readings, "seed \(seed)")
    #expect(ledger.received > wanted.received)
    var outcomes = ledger.allMessages.outcomes
    outcomes[Account.Entry(word: "ignored", reason: "replayed")] = nil
    #expect(outcomes == wanted.allMessages.outcomes, "seed \(seed)")
  }

  @Test("A letter that is refused again keeps its id and its time of receipt, and has its new reason")
  func refusedAgain() async throws {
    let harness = try PipelineHarness(profiles: ["probe.yaml": Self.wrong])
    var life = try Life(harness)
    try life.ingest([
      Message(payload: #"{"ts":1763700000,"t":1}"#), Message(payload: #"{"stamp":0,"t":1}"#),
      Message(topic: "b/c", payload: "x"),
    ])
    try life.pipeline.checkpoint()
    try mend(harness)
    life = try Life(harness)
    let report = try await life.replay()
    #expect(report == LetterReplayReport(replayed: 2, refused: ["time": 1, "no-profile": 1]))
    let letters = try harness.ask(Question.deadLetters, [])["dead_letters"]
    #expect(letters[0]["id"] == .number(3) && letters[1]["id"] == .number(2))
    #expect(letters[1]["received_at"] == .text("2025-11-21T12:40:00+08:00"))
    let ledger = try harness.ledger(life.journal)
    #expect(ledger.imbalances().isEmpty)
    #expect(ledger.messages["a/{site}/{device}"]?.outcomes[Account.Entry(word: "dead-lettered", reason: "time")] == 1)
    // A store that is opened anew counts as many letters as there are.
    life = try Life(harness)
    #expect(try await life.replay([("reason", "no-profile")]).replayed == 1)
  }

  @Test("Letters are chosen by reason, profile, topic and id; what was cut, and what Sparkplug nodes said, stays")
  func selection() async throws {
    var harness = try PipelineHarness(profiles: ["probe.yaml": Self.wrong])
    harness.configuration.mqtt.maxPacketBytes = 64
    let life = try Life(harness)
    try life.ingest([
      Message(payload: #"{"stamp":1763700000,"t":1}"#),
      Message(topic: "a/south/probe-9", payload: #"{"stamp":1763700000,"t":1}"#),
      Message(topic: "x/y", payload: "?"), Message(payload: "{", flags: [.qos1, .cut]),
      Message(topic: "spBv1.0/g/NDATA/n", payload: "?"),
    ])
    try life.pipeline.checkpoint()
    func ids(_ parameters: [(name: String, value: String)]) throws -> [JSON] {
      let letters = try harness.ask(Question.deadLetters, parameters)["dead_letters"]
      return (0..<letters.count).map { letters[$0]["id"] }
    }
    #expect(try ids([("reason", "time")]) == [.number(2), .number(1)])
    #expect(try ids([("topic", "a/+/probe-9"), ("topic", "x/#")]) == [.number(3), .number(2)])
    #expect(try ids([("topic", "a/#"), ("limit", "1")]) == [.number(4)])
    #expect(try ids([("profile", "probe"), ("id", "1,2,3")]) == [.number(2), .number(1)])
    #expect(throws: QueryError.self) { try ids([("topic", "a/#/b")]) }
    #expect(throws: QueryError.self) { try ids([("id", "one")]) }
    let report = try await life.replay()
    #expect(report.replayed == 3)
    #expect(report.skipped["oversize"] == 1)
    #expect(try ids([]).count == 4 + (report.skipped["sparkplug"] ?? 0))
  }
}
