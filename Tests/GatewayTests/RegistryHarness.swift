import Foundation
import Ingest
import Telemetry

@testable import Gateway

/// A gateway with a registry, which is started, takes messages and is stopped.
struct RegistryHarness {
  typealias Message = PipelineHarness.Message
  static let noon = PipelineHarness.noon

  var base: PipelineHarness

  init(_ registry: String, profiles: [String: String] = ["probe.yaml": PipelineHarness.profile]) throws {
    base = try PipelineHarness(profiles: profiles)
    try list(registry)
  }

  /// Another registry, for the next start.
  func list(_ registry: String) throws {
    try base.scratch.file("devices/registry.csv", registry)
  }

  /// - Parameter second: the clock at the start.
  func run(_ messages: [Message] = [], startedAt second: Int64 = noon - 600) throws {
    var harness = base
    harness.clock = { Timestamp(seconds: second) }
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(messages, journal, pipeline)
    try pipeline.checkpoint()
  }

  /// A weight, received at its time.
  func message(_ device: String, at second: Int64, site: String = "north", weight: Int = 1) -> Message {
    Message(
      topic: "a/\(site)/\(device)", payload: #"{"ts":\#(second),"w":\#(weight)}"#,
      receivedAt: Timestamp(seconds: second))
  }

  func ask(
    _ question: (QueryParameters) -> Question, _ parameters: [(name: String, value: String)] = [], now: Int64 = noon
  ) throws -> JSON {
    try base.ask(question, parameters, now: now)
  }

  func device(_ id: String) throws -> JSON { try ask({ _ in Question.device(id) }) }

  /// The aggregates of the hour before noon.
  func aggregates(_ parameters: [(name: String, value: String)], now: Int64 = noon) throws -> JSON {
    try ask(
      Question.aggregates,
      [("metric", "weight"), ("from", "\(Self.noon - 3600)"), ("to", "\(Self.noon)")] + parameters, now: now)["series"]
  }
}
