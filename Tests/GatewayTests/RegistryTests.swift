import DeviceCatalog
import Foundation
import Ingest
import Telemetry
import Testing

@testable import Gateway

/// Devices that `registry.csv` lists, from the file to the answers.
@Suite
struct RegistryTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  @Test("A listed device is shown with all that is listed before it has spoken")
  func neverSpoken() throws {
    let harness = try RegistryHarness(
      """
      device,profile,name,site,district,longitude,latitude,code,interval,tag.floor
      bin-1,probe,Gate 1,north,luojiang,118.5,24.25,C-1,20s,2
      """)
    try harness.run()
    let device = try harness.ask(Question.devices)["devices"][0]
    #expect(device["device"] == .text("bin-1") && device["profile"] == .text("probe"))
    #expect(device["name"] == .text("Gate 1") && device["code"] == .text("C-1"))
    #expect(device["longitude"] == .number(118.5) && device["latitude"] == .number(24.25))
    #expect(device["interval_s"] == .number(20) && device["listed"] == .bool(true))
    #expect(device["listed_at"] == .text("2025-11-21T12:30:00+08:00"))
    #expect(device["first_seen_at"] == .null && device["last_received_at"] == .null)
    #expect(
      device["tags"] == .object(["site": .text("north"), "district": .text("luojiang"), "floor": .text("2")]))
    try harness.run([harness.message("bin-1", at: Self.noon)])
    let heard = try harness.ask(Question.devices)["devices"][0]
    #expect(heard["first_seen_at"] == .text("2025-11-21T12:40:00+08:00"))
    #expect(heard["last_received_at"] == heard["first_seen_at"] && heard["listed_at"] == device["listed_at"])
  }

  @Test("The registry's tags win over those of topic and payload, which count where it has none")
  func tagsWin() throws {
    let harness = try RegistryHarness("device,profile,site\nbin-1,probe,listed\nbin-2,probe,\n")
    try harness.run(
      ["bin-1", "bin-2"].map { device in
        Message(topic: "a/topic/\(device)", payload: #"{"ts":\#(Self.noon),"w":1,"line":"payload"}"#)
      })
    let devices = try harness.ask(Question.devices)["devices"]
    #expect(devices[0]["tags"] == .object(["site": .text("listed"), "line": .text("payload")]))
    #expect(devices[1]["tags"] == .object(["site": .text("topic"), "line": .text("payload")]))
  }

  @Test("A tag that the registry changes counts from then on, and nothing before changes")
  func changedTags() throws {
    let harness = try RegistryHarness(
      "device,profile,district\nbin-1,probe,old\nbin-2,probe,old\nbin-3,probe,old\n")
    let begin = Self.noon - 300
    try harness.run(["bin-1", "bin-2"].map { harness.message($0, at: begin) })
    try harness.list("device,profile,district\nbin-1,probe,new\nbin-2,probe,\nbin-3,probe,new\n")
    let change = begin + 120
    // The second message is late: it belongs to the time before.
    try harness.run(
      [
        harness.message("bin-1", at: change), harness.message("bin-1", at: begin + 60, weight: 2),
        harness.message("bin-2", at: change),
      ], startedAt: change)
    let answer = try harness.aggregates([("window", "1m"), ("fn", "sum"), ("group_by", "district")])
    #expect(sums(answer) == ["old": [2, 2], "new": [1], "none": [1]])
    let moment = JSON.text("2025-11-21T12:37:00+08:00")
    let history = try harness.device("bin-2")["tag_history"]
    #expect(history[0]["value"] == .text("old") && history[0]["from"] == .null)
    #expect(history[1]["value"] == .null && history[1]["from"] == moment)
    // One that has said nothing at all is of the new district from the same moment on.
    let silent = try harness.device("bin-3")["tag_history"]
    #expect(silent[1]["value"] == .text("new") && silent[1]["from"] == moment)
  }

  private func sums(_ series: JSON) -> [String: [Double]] {
    var sums: [String: [Double]] = [:]
    for place in 0..<series.count {
      let name = if case .text(let name) = series[place]["group"]["district"] { name } else { "none" }
      for point in 0..<series[place]["points"].count {
        if case .number(let sum) = series[place]["points"][point]["sum"] { sums[name, default: []].append(sum) }
      }
    }
    return sums
  }

  @Test("What is replayed under a new registry counts from the first message's receipt, as it did before the crash")
  func replayed() throws {
    let harness = try RegistryHarness("device,profile,site\nbin-1,probe,old\n")
    try harness.run([harness.message("bin-1", at: Self.noon - 300)])
    try harness.list("device,profile,site\nbin-1,probe,new\n")
    let files = try CatalogueFiles.forDirectory(harness.base.configuration.devices)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let journal = try harness.base.openJournal()
    try journal.setCatalogue(try encoder.encode(files))
    // No checkpoint comes any more.
    let pipeline = try Pipeline(
      Catalogue(files), configuration: harness.base.configuration, store: harness.base.openStore(),
      journalID: journal.id)
    try harness.base.ingest([harness.message("bin-1", at: Self.noon - 120)], journal, pipeline)
    try harness.run(startedAt: Self.noon)
    let history = try harness.device("bin-1")["tag_history"]
    #expect(history[1]["value"] == .text("new") && history[1]["from"] == .text("2025-11-21T12:38:00+08:00"))
  }

  @Test("What a registry has changed is in force once, however often the gateway starts")
  func startedAgain() throws {
    let harness = try RegistryHarness("device,profile,site,code\nbin-1,probe,north,C-1\nbin-2,probe,south,C-1\n")
    try harness.run([harness.message("bin-1", at: Self.noon)])
    let before = try ["bin-1", "bin-2"].map(harness.device)
    for _ in 0..<3 { try harness.run(startedAt: Self.noon + 60) }
    #expect(try ["bin-1", "bin-2"].map(harness.device) == before)
  }

  @Test("The registry's interval wins over the profile's, for series that are there already too")
  func intervals() throws {
    let harness = try RegistryHarness("device,profile\nbin-1,probe\n")
    try harness.run([harness.message("bin-1", at: Self.noon)])
    #expect(try harness.device("bin-1")["interval_s"] == .number(10))
    try harness.list("device,profile,interval\nbin-1,probe,5m\n")
    try harness.run()
    func explained() throws -> JSON {
      try harness.ask(Question.explain, [("device", "bin-1"), ("metric", "weight"), ("at", "\(Self.noon)")])
    }
    #expect(try explained()["interval_s"] == .number(300))
    try harness.list("device,profile,interval\nbin-1,probe,\n")
    try harness.run()
    #expect(try explained()["interval_s"] == .number(10))
  }

  // MARK: Enrolment

  @Test(
    "With enrol: listed the messages of others are dead letters, and those of known devices that are not listed too")
  func listedOnly() throws {
    var harness = try RegistryHarness("device,profile\nbin-1,probe\n")
    try harness.run([harness.message("bin-2", at: Self.noon - 60)])
    harness.base.configuration.enrolment = .listed
    try harness.run(["bin-1", "bin-2", "bin-3"].map { harness.message($0, at: Self.noon) })
    let letters = try harness.ask(Question.deadLetters)["dead_letters"]
    #expect(letters.count == 2 && letters[0]["reason"] == .text("unlisted"))
    #expect(letters[0]["detail"] == .text("'bin-3' is not in registry.csv, and enrol: listed takes no other devices"))
    #expect(try harness.ask(Question.devices)["devices"].count == 2)
    try harness.list("device,profile\nbin-1,probe\nbin-3,probe\n")
    try harness.run([harness.message("bin-3", at: Self.noon + 1)])
    #expect(try harness.ask(Question.deadLetters)["dead_letters"].count == 2)
  }

  @Test("Devices enrol by themselves up to the caps, in total and by profile; those that are listed do not count")
  func caps() throws {
    let other = PipelineHarness.profile.replacing("profile: probe", with: "profile: other").replacing("a/", with: "b/")
    var harness = try RegistryHarness(
      "device,profile\nx-1,probe\nx-2,probe\nx-3,other\n",
      profiles: ["probe.yaml": PipelineHarness.profile, "other.yaml": other])
    harness.base.configuration.limits.devices = 4
    harness.base.configuration.limits.devicesPerProfile = ["other": .init(count: 1, line: 1, column: 1)]
    func messages(_ devices: [String], on level: String) -> [Message] {
      devices.map {
        Message(topic: "\(level)/north/\($0)", payload: #"{"ts":\#(Self.noon),"w":1}"#)
      }
    }
    try harness.run(messages(["b-1", "b-2", "x-3", "b-1"], on: "b"))
    // A start counts them anew.
    try harness.run(messages(["b-3", "x-3"], on: "b") + messages(["a-1", "a-2", "a-3", "a-4", "x-1", "x-2"], on: "a"))
    let letters = try harness.ask(Question.deadLetters)["dead_letters"]
    let details = (0..<letters.count).map { letters[$0]["detail"] }
    #expect(
      details == [
        .text("more devices than limits.devices"),
        .text("more devices of the profile other than limits.devices_per_profile, 1"),
        .text("more devices of the profile other than limits.devices_per_profile, 1"),
      ])
    let devices = try harness.ask(Question.devices)["devices"]
    #expect(
      (0..<devices.count).map { devices[$0]["device"] }
        == ["a-1", "a-2", "a-3", "b-1", "x-1", "x-2", "x-3"].map(JSON.text))
  }
}
