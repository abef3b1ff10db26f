import DeviceCatalog
import Foundation
import Ingest
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

/// Which set of profiles decodes which message, over changes and crashes.
@Suite
struct CatalogueChangeTests {
  private typealias Message = PipelineHarness.Message

  /// What it multiplies by tells which set has decoded a value.
  private static func profile(_ scale: Int, unit: String = "Cel", kind: String = "gauge") -> String {
    """
    profile: probe
    topics: ["a/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-s }
    metrics:
      - { name: level, at: /t, kind: \(kind), unit: "\(unit)", scale: \(scale) }
    """
  }

  private func message(_ second: Int) -> Message {
    Message(payload: #"{"ts":\#(PipelineHarness.noon + Int64(second)),"t":1}"#)
  }

  private func sums(_ harness: PipelineHarness, units: Int = 1) throws -> [JSON] {
    let answer = try harness.ask(
      Question.aggregates,
      [
        ("metric", "level"), ("window", "1m"), ("fn", "count,sum"), ("from", "\(PipelineHarness.noon)"),
        ("to", "\(PipelineHarness.noon + 600)"),
      ], now: PipelineHarness.noon + 600)["series"]
    #expect(answer.count == units)
    return (0..<answer.count).map { answer[$0]["points"].without("revision").without("completeness") }
  }

  private func files(_ harness: PipelineHarness, _ scale: Int) throws -> CatalogueFiles {
    try harness.scratch.file("devices/probe.yaml", Self.profile(scale))
    return try CatalogueFiles.forDirectory(harness.configuration.devices)
  }

  @Test("After a crash each message is decoded by the set in force at its number, over several changes")
  func replay() throws {
    let harness = try PipelineHarness(profiles: ["probe.yaml": Self.profile(1)])
    do {
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      try harness.ingest([message(0), message(1)], journal, pipeline)
      try pipeline.checkpoint()
      // From here on nothing reaches the store.
      try harness.journal([message(2)], to: journal)
      try journal.setCatalogue(try files(harness, 10).encoded())
      try harness.journal([message(3), message(4)], to: journal)
      try journal.setCatalogue(try files(harness, 50).encoded())
      // Nothing came while it was in force.
      try journal.setCatalogue(try files(harness, 100).encoded())
      try harness.journal([message(5)], to: journal)
    }
    // What stands in the directory at the start is for what comes.
    _ = try files(harness, 1000)
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    #expect(try sums(harness) == [.list([point(count: 6, sum: 3 + 20 + 100)])])
    try harness.ingest([message(6)], journal, pipeline)
    try pipeline.checkpoint()
    #expect(try sums(harness) == [.list([point(count: 7, sum: 1123)])])
    #expect(try harness.ledger(journal).imbalances().isEmpty)
  }

  private func point(count: Double, sum: Double) -> JSON {
    .object(["start": .text("2025-11-21T12:40:00+08:00"), "count": .number(count), "sum": .number(sum)])
  }

  @Test("A pipeline that takes over goes on as after a start: windows, samples and numbers of series are the same ones")
  func succession() throws {
    let harness = try PipelineHarness(profiles: ["probe.yaml": Self.profile(1)])
    let journal = try harness.openJournal()
    var pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest([message(0), message(30)], journal, pipeline)
    try pipeline.checkpoint()
    let catalogue = try Catalogue(files(harness, 10))
    try journal.setCatalogue(try files(harness, 10).encoded())
    pipeline = try Pipeline(catalogue, succeeding: pipeline)
    try harness.ingest([message(10)], journal, pipeline)
    try pipeline.checkpoint()
    #expect(try sums(harness) == [.list([point(count: 3, sum: 12)])])
    #expect(try harness.ask(Question.devices, [])["devices"].count == 1)
    #expect(pipeline.applied.sequence == 3)
  }

  @Test("Another canonical unit, or another kind, is another series: no window has two units")
  func anotherUnit() throws {
    let harness = try PipelineHarness(profiles: ["probe.yaml": Self.profile(1)])
    let journal = try harness.openJournal()
    var pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest([message(0)], journal, pipeline)
    for (unit, kind) in [("m", "gauge"), ("m", "event"), ("[degF]", "gauge")] {
      try pipeline.checkpoint()
      try harness.scratch.file("devices/probe.yaml", Self.profile(1, unit: unit, kind: kind))
      let catalogue = try Catalogue(.forDirectory(harness.configuration.devices))
      pipeline = try Pipeline(catalogue, succeeding: pipeline)
      try harness.ingest([message(1)], journal, pipeline)
    }
    try pipeline.checkpoint()
    let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    let series = try reader.readNow { try $0.series() }.map { "\($0.kind) \($0.unit)" }
    #expect(series == ["gauge Cel", "gauge m", "event m"])
  }
}
