import Foundation
import Ingest
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Sparkplug messages behind the ring: what they say depends on those before, over restarts too.
@Suite
struct SparkplugPipelineTests {
  private typealias Message = PipelineHarness.Message

  private static let profile = """
    profile: machine
    topics: ["spBv1.0/{group}/{type}/{node}/{device}"]
    payload: sparkplug-b
    device: "{node}/{device}"
    metrics:
      - { name: temperature, called: T, kind: gauge, unit: Cel }
      - { name: parts, called: Parts/Good, kind: counter, unit: "{#}" }
      - { name: weight, called: W, kind: event, unit: kg }
    """

  private func harness() throws -> PipelineHarness { try PipelineHarness(profiles: ["machine.yaml": Self.profile]) }

  private func second(_ number: Int) -> Timestamp { Timestamp(seconds: PipelineHarness.noon + Int64(number)) }

  private func message(_ message: SimulatedEdgeNode.Message, at second: Int) -> Message {
    Message(topic: message.topic, bytes: message.payload, receivedAt: self.second(second))
  }

  private func outcomes(_ account: Account) -> [String: Int64] {
    account.outcomes.reduce(into: [:]) {
      $0[[$1.key.word, $1.key.reason].compactMap { $0 }.joined(separator: " ")] = $1.value
    }
  }

  private static let values: [(String, SimulatedEdgeNode.Value)] = [
    ("T", .double(20)), ("Parts/Good", .whole(100)), ("W", .double(5)),
  ]

  @Test("Births give names to data, amounts in births are none, and what has no birth is kept for later")
  func births() throws {
    let harness = try harness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    var node = SimulatedEdgeNode(group: "mill", node: "line-1")
    var stranger = SimulatedEdgeNode(group: "mill", node: "line-2")
    _ = stranger.birth(of: "x", Self.values, at: second(0))
    try harness.ingest(
      [
        message(node.connect(at: second(0)), at: 0),
        message(node.birth(of: "warper", Self.values, at: second(0)), at: 0),
        message(node.data(of: "warper", [("T", .double(22)), ("W", .double(1.5))], at: second(1)), at: 1),
        message(node.birth(at: second(2)), at: 2),
        message(node.birth(of: "warper", Self.values, at: second(2)), at: 2),
        message(stranger.data(of: "x", [("T", .double(9))], at: second(3)), at: 3),
      ], journal, pipeline)
    #expect(pipeline.rebirthRequests().map(\.topic) == ["spBv1.0/mill/NCMD/line-2"])
    #expect(pipeline.rebirthRequests().isEmpty)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
    #expect(outcomes(ledger.allMessages) == ["decoded": 3, "ignored session": 2, "dead-lettered birth": 1])
    // Two births of two values each, and two of data.
    #expect(outcomes(ledger.allReadings) == ["aggregated": 6])
    let latest = try harness.ask(Question.latest, [])
    #expect(latest["readings"].count == 3)
  }

  @Test("A death makes stale what was alive, once; an older session's will does not")
  func deaths() throws {
    let harness = try harness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    var node = SimulatedEdgeNode(group: "mill", node: "line-1")
    try harness.ingest(
      [
        message(node.connect(at: second(0)), at: 0),
        message(node.birth(of: "warper", Self.values, at: second(0)), at: 0),
        message(node.birth(of: "weaver", Self.values, at: second(0)), at: 0),
        message(node.will(at: second(1), sessionsAgo: 1), at: 1),
        message(node.death(of: "warper", at: second(2)), at: 3),
        message(node.will(at: second(4)), at: 5),
        message(node.will(at: second(4)), at: 6),
        message(node.data(of: "weaver", [("T", .double(1))], at: second(7)), at: 7),
      ], journal, pipeline)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
    #expect(
      outcomes(ledger.allMessages) == ["decoded": 4, "ignored session": 3, "dead-lettered birth": 1])
    #expect(outcomes(ledger.allReadings) == ["aggregated": 4, "bad stale": 4])
    let stale = try harness.ask(Question.latest, [("metric", "temperature")])
    #expect(stale["readings"][0]["reason"] == .text("stale"))
    #expect(stale["readings"][0]["time"] == .text("2025-11-21T12:40:02+08:00"))
    #expect(stale["readings"][1]["time"] == .text("2025-11-21T12:40:05+08:00"))
  }

  @Test("A birth that was too large ends what aliases meant; retained messages are of no session")
  func unreadable() throws {
    let harness = try harness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    var node = SimulatedEdgeNode(group: "mill", node: "line-1")
    func flagged(_ message: SimulatedEdgeNode.Message, _ flag: MessageFrame.Flags) -> Message {
      var message = self.message(message, at: 1)
      message.flags.insert(flag)
      return message
    }
    try harness.ingest(
      [
        message(node.connect(at: second(0)), at: 0),
        message(node.birth(of: "warper", Self.values, at: second(0)), at: 0),
        flagged(node.will(at: second(0)), .retained),
        message(node.data(of: "warper", [("T", .double(22))], at: second(1)), at: 1),
        flagged(node.birth(of: "warper", Self.values, at: second(1)), .cut),
        message(node.data(of: "warper", [("T", .double(23))], at: second(2)), at: 2),
        flagged(node.birth(at: second(3)), .cut),
      ], journal, pipeline)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
    #expect(
      outcomes(ledger.allMessages) == [
        "decoded": 2, "ignored session": 1, "ignored retained": 1, "dead-lettered oversize": 2,
        "dead-lettered birth": 1,
      ])
  }

  /// Messages of nodes that are born, speak, lose messages, die and are born again with other aliases.
  private func stream(_ count: Int, _ random: inout RandomSource) -> [Message] {
    var nodes = ["a", "b"].map { SimulatedEdgeNode(group: "mill", node: $0) }
    return (0..<count).map { second in
      let index = Int.random(in: 0..<2, using: &random)
      let device = ["x", "y"].randomElement(using: &random)!
      let time = self.second(second)
      let value = Double(Int.random(in: 0..<50, using: &random))
      let values: [(String, SimulatedEdgeNode.Value)] = [
        ("T", .double(value)), ("Parts/Good", .whole(Int64(second))), ("W", .double(value / 2)),
      ].shuffled(using: &random)
      let message =
        switch Int.random(in: 0..<20, using: &random) {
        case 0: nodes[index].connect(at: time)
        case 1: nodes[index].birth(at: time)
        case 2...5: nodes[index].birth(of: device, values, at: time)
        case 6: nodes[index].death(of: device, at: time)
        case 7: nodes[index].will(at: time, sessionsAgo: UInt64.random(in: 0...1, using: &random))
        default: nodes[index].data(of: device, Array(values.prefix(2)), at: time)
        }
      if random.happens(onceIn: 15) { nodes[index].lose(UInt64.random(in: 1...300, using: &random)) }
      return self.message(message, at: second)
    }
  }

  /// What anybody can ask a store; revisions count checkpoints.
  private func answers(_ harness: PipelineHarness) throws -> [JSON] {
    try [
      harness.ask(Question.latest, []),
      harness.ask(
        Question.aggregates,
        [("metric", "temperature"), ("metric", "weight"), ("metric", "parts"), ("window", "1m")]
          + [("from", "\(PipelineHarness.noon)"), ("to", "\(PipelineHarness.noon + 3600)")]
      ).without("revision"),
    ]
  }

  @Test("Killed at any message and started again, it says what it would have said without")
  func restarts() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<12 {
      let messages = stream(200, &random)
      let whole = try harness()
      let journal = try whole.openJournal()
      let pipeline = try whole.start(journal, try whole.openStore())
      try whole.ingest(messages, journal, pipeline)
      try pipeline.checkpoint()

      let killed = try harness()
      var rest = messages[...]
      while !rest.isEmpty {
        let journal = try killed.openJournal()
        let pipeline = try killed.start(journal, try killed.openStore())
        for _ in 0..<Int.random(in: 1...3, using: &random) where !rest.isEmpty {
          let next = rest.prefix(Int.random(in: 1...40, using: &random))
          try killed.ingest(Array(next), journal, pipeline)
          rest = rest.dropFirst(next.count)
          if random.happens(onceIn: 2) { try pipeline.checkpoint() }
        }
      }
      let last = try killed.openJournal()
      try killed.start(last, try killed.openStore()).checkpoint()
      for (answer, expected) in try zip(answers(killed), answers(whole)) {
        #expect(answer == expected)
      }
      let ledger = try killed.ledger(last)
      #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
      #expect(try ledger.messages == whole.ledger(journal).messages)
      #expect(try ledger.readings == whole.ledger(journal).readings)
    }
  }
}
