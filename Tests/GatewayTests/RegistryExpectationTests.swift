import Foundation
import Ingest
import Telemetry
import Testing

@testable import Gateway

/// What listed devices are to send, and what follows the city's code where a device is replaced.
@Suite
struct RegistryExpectationTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private func speak(_ device: String, from first: Int64, to end: Int64, in harness: RegistryHarness) -> [Message] {
    stride(from: first, to: end, by: 10).map { harness.message(device, at: $0) }
  }

  @Test("A listed device that has never spoken counts as expected from when it was listed on")
  func unheard() throws {
    let harness = try RegistryHarness("device,profile,site\nbin-1,probe,north\nbin-2,probe,north\n")
    try harness.run(speak("bin-1", from: Self.noon - 120, to: Self.noon, in: harness))
    let minutes = try harness.aggregates([("window", "1m"), ("group_by", "site"), ("fill", "null")])[0]["points"]
    #expect(minutes.count == 10)
    #expect(minutes[0]["start"] == .text("2025-11-21T12:30:00+08:00") && minutes[0]["completeness"] == .number(0))
    #expect(minutes[9]["completeness"] == .number(0.5))
    let hour = try harness.aggregates([("window", "1h"), ("group_by", "site")])[0]["points"][0]
    #expect(hour["completeness"] == .number(0.1))
    let devices = try harness.aggregates([("window", "1h"), ("fill", "null")])
    #expect(devices[1]["group"]["device"] == .text("bin-2") && devices[1]["points"][0]["completeness"] == .number(0))
    let silent = try harness.ask(
      Question.explain, [("device", "bin-2"), ("metric", "weight"), ("at", "\(Self.noon - 60)")])
    #expect(silent["readings"]["expected"] == .number(6) && silent["readings"]["completeness"] == .number(0))
    // Its first word changes nothing of the time before.
    try harness.run([harness.message("bin-2", at: Self.noon)])
    let again = try harness.aggregates([("window", "1m"), ("group_by", "site"), ("fill", "null")])
    #expect(again[0]["points"] == minutes)
  }

  @Test("The interval of the registry counts for a device that has never spoken; without any nobody knows")
  func unheardIntervals() throws {
    let profile = PipelineHarness.profile.replacing("interval: 10s\n", with: "")
    let harness = try RegistryHarness(
      "device,profile,site,interval\na,probe,a,30s\nb,probe,b,\n", profiles: ["probe.yaml": profile])
    try harness.run()
    let answer = try harness.aggregates([("window", "1h"), ("group_by", "site"), ("fill", "null")])
    #expect(answer.count == 1 && answer[0]["group"]["site"] == .text("a"))
    let explained = try harness.ask(
      Question.explain, [("device", "a"), ("metric", "weight"), ("at", "\(Self.noon - 60)")])
    #expect(explained["readings"]["expected"] == .number(2))
  }

  @Test("A device that is taken out of the registry is expected until then, and what it sends after that still counts")
  func delisted() throws {
    let harness = try RegistryHarness("device,profile\na,probe\nb,probe\nc,probe\n")
    let change = Self.noon - 300
    try harness.run(
      ["a", "b"].flatMap { speak($0, from: Self.noon - 600, to: change, in: harness) })
    try harness.list("device,profile\na,probe\n")
    try harness.run(
      speak("a", from: change, to: Self.noon, in: harness)
        + speak("b", from: Self.noon - 60, to: Self.noon, in: harness), startedAt: change)
    let all = try harness.aggregates([("window", "5m"), ("group_by", "site"), ("fill", "null")])
    // Two of three spoke for five minutes; then one of one did, and another for a minute of its own.
    let north = (0..<all.count).map { all[$0] }.first { $0["group"]["site"] == .text("north") }
    #expect(north?["points"][0]["completeness"] == .number(1) && north?["points"][1]["completeness"] == .number(1))
    let listed = try harness.ask(Question.devices)["devices"]
    #expect((0..<3).map { listed[$0]["listed"] } == [.bool(true), .bool(false), .bool(false)])
    let silent = (0..<all.count).map { all[$0] }.first { $0["group"]["site"] == .null }
    #expect(silent?["points"].count == 1 && silent?["points"][0]["completeness"] == .number(0))
  }

  // MARK: Codes

  private static let meter = """
    profile: meter
    topics: ["m/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-s }
    interval: 10s
    metrics: [{ name: total, at: /v, kind: counter, unit: m3 }]
    """

  private func readings(_ device: String, from first: Int64, _ values: [Int]) -> [Message] {
    values.enumerated().map { index, value in
      let second = first + Int64(index) * 10
      return Message(
        topic: "m/\(device)", payload: #"{"ts":\#(second),"v":\#(value)}"#, receivedAt: Timestamp(seconds: second))
    }
  }

  @Test(
    "History follows the code where a device is replaced: its row names another, or stays beside the other's",
    arguments: ["new,meter,C-7", "old,meter,C-7\nnew,meter,C-7"])
  func replaced(rows: String) throws {
    let harness = try RegistryHarness("device,profile,code\nold,meter,C-7\n", profiles: ["meter.yaml": Self.meter])
    let (begin, change) = (Self.noon - 120, Self.noon - 60)
    try harness.run(readings("old", from: begin, [10, 12, 14, 16, 18, 20]), startedAt: begin)
    try harness.list("device,profile,code\n\(rows)\n")
    try harness.run(readings("new", from: change, [3, 4, 5, 6, 7, 8]), startedAt: change)
    func ask(_ window: String, _ parameters: [(name: String, value: String)]) throws -> JSON {
      try harness.ask(
        Question.aggregates,
        [("metric", "total"), ("window", window), ("from", "\(begin)"), ("to", "\(Self.noon)"), ("group_by", "code")]
          + [("fn", "increase,first,last,count")] + parameters)["series"]
    }
    for parameters in [[], [(name: "code", value: "C-7")], [("device", "new"), ("code", "C-7")]] {
      let minutes = try ask("1m", parameters)
      #expect(minutes.count == 1 && minutes[0]["group"]["code"] == .text("C-7"))
      #expect(minutes[0]["points"][0]["increase"] == .number(10) && minutes[0]["points"][1]["increase"] == .number(5))
      #expect((0..<2).map { minutes[0]["points"][$0]["completeness"] } == [.number(1), .number(1)])
      let both = try ask("5m", parameters)[0]["points"][0]
      #expect(both["increase"] == .number(15) && both["count"] == .number(12))
      #expect(both["first"] == .number(10) && both["last"] == .number(8))
    }
    let devices = try harness.ask(Question.devices, [("code", "C-7")])["devices"]
    #expect(devices.count == 2)
    #expect(try harness.device("C-7")["device"] == .text("new"))
    #expect(try harness.ask(Question.latest, [("code", "C-7")])["readings"].count == 2)
    for (second, device) in [(begin, "old"), (change, "new")] {
      let explained = try harness.ask(
        Question.explain, [("code", "C-7"), ("metric", "total"), ("at", "\(second)")])
      #expect(explained["device"] == .text(device) && explained["readings"]["completeness"] == .number(1))
    }
  }

  @Test("A code that nobody has finds nothing, and says so where one device is asked for")
  func unknownCode() throws {
    let harness = try RegistryHarness("device,profile,code\na,probe,C-1\n")
    try harness.run()
    #expect(try harness.ask(Question.devices, [("code", "C-2")])["devices"].count == 0)
    #expect(try harness.aggregates([("code", "C-2")]).count == 0)
    #expect(throws: QueryError("no device of the code 'C-2' is known", isNotFound: true)) {
      try harness.ask(Question.explain, [("code", "C-2"), ("metric", "weight"), ("at", "now")])
    }
    #expect(throws: QueryError.self) { try harness.device("C-2") }
  }
}
