import Simulator
import Sparkplug
import StrictYAML
import Telemetry
import TestSupport
import Testing
import WireFormats

@testable import DeviceCatalog

/// An explanation says what the decoder does, over all examples, over damaged ones, and at random.
@Suite
struct ExplanationTests {
  private let catalogue: Catalogue
  private let decoder: MessageDecoder

  init() throws {
    catalogue = try Catalogue(.builtIn)
    decoder = MessageDecoder(catalogue, zone: .utc)
  }

  private struct Told: Equatable {
    var device: String
    var metric: String
    var value: String
    var time: Timestamp?
    var tags: [String: String]
  }

  private func told(_ reading: MessageDecoder.Reading) -> Told {
    // A reading without a time has no value, whatever stands there.
    let value = reading.isWithoutTime && reading.quality == .good ? "" : reading.valueText
    return Told(
      device: reading.device, metric: reading.metric.name,
      value: reading.isWithoutTime ? "no time" : value, time: reading.time, tags: reading.tags)
  }

  /// The readings as the explanation has them, in the order of the decoder.
  private func told(_ record: Explanation.Record, _ profile: Profile) -> [Told] {
    let inOrder = record.metrics.flatMap(\.values)
    let tags: [String: String] = record.tags.reduce(into: [:]) { tags, tag in
      if let text = tag.source.text, Identifier.isValid(text) { tags[tag.name] = text }
    }
    return inOrder.map { value in
      var time: Timestamp? = value.ownTime
      var isWithoutTime = false
      if time == nil {
        switch record.time.time {
        case .at(let moment): time = moment
        case .refused: isWithoutTime = true
        default: break
        }
      }
      return Told(
        device: record.device.text ?? "", metric: value.metric.name, value: isWithoutTime ? "no time" : value.text,
        time: time, tags: tags)
    }
  }

  private func isOrdered(_ left: Told, _ right: Told) -> Bool {
    (left.device, left.metric, left.value, left.time?.microseconds ?? 0)
      < (right.device, right.metric, right.value, right.time?.microseconds ?? 0)
  }

  /// What the explanation says is what `decode` says, and its steps lead to its values.
  private func check(
    _ topic: String, _ payload: [UInt8], after earlier: [Example.Message] = [], _ comment: String
  ) {
    var host = HostApplication()
    for message in earlier {
      _ = decoder.decode(topic: Array(message.topic.utf8), payload: message.payload, host: &host)
    }
    var other = host
    let explanation = decoder.explain(topic: Array(topic.utf8), payload: payload, host: &host)
    let outcome = decoder.decode(topic: Array(topic.utf8), payload: payload, host: &other)
    #expect(!explanation.text().isEmpty)
    for value in explanation.records.flatMap(\.metrics).flatMap(\.values) {
      #expect(value.stepsResult.quality == value.decoded.quality, "\(comment): \(value.metric.name) \(value.steps)")
      #expect(value.stepsResult.number == value.decoded.number, "\(comment): \(value.metric.name) \(value.steps)")
    }
    switch (outcome, explanation.outcome) {
    case (.success(let message), .success):
      let told = explanation.records.flatMap { self.told($0, message.profile) }.sorted(by: isOrdered)
      #expect(told == message.readings.map { self.told($0) }.sorted(by: isOrdered), "\(comment)")
      #expect(explanation.candidates.filter { $0.verdict == .decodes }.map(\.profile.name) == [message.profile.name])
      for candidate in explanation.candidates where candidate.verdict == .decodes && !candidate.profile.payload.isFlat {
        #expect(candidate.conditions.allSatisfy { $0.holds }, "\(comment)")
      }
    case (.failure(let refused), .failure(let explained)):
      #expect(refused.refusal == explained.refusal, "\(comment)")
      #expect(!explanation.candidates.contains { $0.verdict == .decodes }, "\(comment)")
    default: Issue.record("\(comment): decode and explain disagree")
    }
    checkLooks(explanation, comment)
  }

  /// Where a value was found, what was found there is the value.
  private func checkLooks(_ explanation: Explanation, _ comment: String) {
    for found in explanation.records.flatMap(\.metrics) {
      guard case .at = found.metric.source else { continue }
      let there = found.looks.compactMap(\.found)
      #expect(there.count == found.values.count || found.values.isEmpty, "\(comment): \(found.metric.name)")
      for (look, value) in zip(there, found.values) where value.decoded.quality == .good {
        #expect(look == value.raw, "\(comment): \(found.metric.name)")
      }
    }
    for candidate in explanation.candidates where candidate.verdict == .passesOn {
      #expect(!candidate.conditions.allSatisfy { $0.holds }, "\(comment)")
    }
  }

  @Test("What it says of every example of every profile is what decode says")
  func examples() {
    for profile in catalogue.profiles {
      for example in profile.examples {
        check(
          example.message.topic, example.message.payload, after: example.earlier, "\(profile.name):\(example.line)")
      }
    }
  }

  @Test("What it says of damaged examples is what decode says")
  func damagedExamples() {
    var random = RandomSource(seed: testSeed())
    for profile in catalogue.profiles {
      for example in profile.examples {
        for _ in 0..<setting("GANGLION_ROUNDS", default: 20) {
          let payload = random.damaged(example.message.payload)
          check(
            example.message.topic, payload, after: example.earlier,
            "\(profile.name):\(example.line): \(String(decoding: payload, as: UTF8.self))")
        }
      }
    }
  }

  private func explain(_ topic: String, _ payload: String) -> String {
    decoder.explain(topic: Array(topic.utf8), payload: Array(payload.utf8)).text()
  }

  @Test("It says how far the way to a missing value goes, what stands there, and what nobody reads")
  func deadEnds() {
    let text = explain("city/luojiang/waste/bin-1/up", #"{"ts":1763700000000,"weigh":{"Kg":3.2},"fil":41,"bat":"x"}"#)
    #expect(text.contains("/weigh/kg is not there: /weigh has Kg (did you mean 'Kg'?)"), "\(text)")
    #expect(text.contains("/fill is not there: the message has ts, weigh, fil, bat (did you mean 'fil'?)"), "\(text)")
    #expect(text.contains("metric    battery_voltage: bad: type"), "\(text)")
    #expect(text.contains("a text is no number here"), "\(text)")
    #expect(text.contains("not read\n            /weigh/Kg is 3.2\n            /fil is 41\n"), "\(text)")
  }

  @Test("It says which profiles were asked before, with the conditions that do not hold")
  func conditions() throws {
    let profile = try #require(catalogue.profiles.first { $0.name == "chirpstack-v4" })
    let text = explain(
      profile.examples[0].message.topic, String(decoding: profile.examples[0].message.payload, as: UTF8.self))
    let lpp = try #require(
      text.firstRange(of: "chirpstack-lpp (Devices/chirpstack-lpp.yaml): its conditions do not hold"))
    let own = try #require(text.firstRange(of: "chirpstack-v4 (Devices/chirpstack-v4.yaml): decodes it"), "\(text)")
    #expect(lpp.lowerBound < own.lowerBound)
    #expect(text.contains("when /deviceInfo/deviceProfileName is 'Cayenne LPP': no, "), "\(text)")
  }

  @Test("For a topic that nobody claims it has the three nearest, and what differs")
  func nearest() {
    let explanation = decoder.explain(topic: Array("city/luojiang/wast/bin-1/up".utf8), payload: [0x7B])
    #expect(explanation.nearest.count == 3)
    #expect(explanation.nearest[0].profile == "kitchen-waste-bin")
    #expect(explanation.text().contains("level 3 is 'wast', expected 'waste'"))
  }

  @Test("It tells named values that no metric takes, and what a Sparkplug host made of a message")
  func namedValues() throws {
    let outfall = explain(
      "hj212/north/up",
      "##0098ST=32;CN=2011;PW=123456;MN=LC0002;CP=&&DataTime=20251121124000;011-Rtd=30,011-Flag=N;b01-Rtd=2.5&&2200\r\n"
    )
    #expect(outfall.contains("metric    flow: 9 m3/h"), "\(outfall)")
    #expect(outfall.contains("not read\n            ST is '32'\n"), "\(outfall)")
    let data = decoder.explain(topic: Array("spBv1.0/mill/DDATA/line-1/warper-2".utf8), payload: [0x18, 0x01])
    #expect(data.text().contains("session   "), "\(data.text())")
  }

  @Test("The largest messages are explained in moments, and drafts made of them")
  func largeMessages() throws {
    let members = (0..<16_000).map { "\"member\($0)\":\($0)" }.joined(separator: ",")
    let elements = Array(repeating: "{\"weigh\":[{\"kg\":1}]}", count: 10_000).joined(separator: ",")
    let table = "time,level\n" + String(repeating: "2025-11-21T04:40:00Z,1\n", count: 8000)
    for (topic, payload) in [
      ("city/luojiang/waste/bin-1/up", "{\(members)}"),
      ("city/luojiang/waste/bin-1/up", "{\"ts\":1763700000000,\"a\":[\(elements)]}"),
      ("v1/gateway/telemetry", "{\"Hall\":[\(elements)]}"), ("csv/a/up", table),
    ] {
      let begin = ContinuousClock.now
      let explanation = decoder.explain(topic: Array(topic.utf8), payload: Array(payload.utf8))
      #expect(!explanation.text().isEmpty)
      let sample = DraftSample(topic: topic, payload: Array(payload.utf8))
      _ = try? ProfileDraft([sample], name: "large", catalogue: catalogue, zone: .utc)
      // Work that grows with the square of the message takes minutes.
      #expect(ContinuousClock.now - begin < .seconds(60), "\(topic)")
    }
  }

  @Test("Control characters of a message do not reach the terminal")
  func controlCharacters() {
    let text = explain(
      "city/luojiang/waste/bin-1/up", #"{"ts":1763700000000,"lid":"\u001b[31m","\u001b[2J":"\u009b1"}"#)
    #expect(
      !text.unicodeScalars.contains { Identifier.isControlCharacter($0) && $0 != "\n" }, "\(text.debugDescription)")
  }
}

extension RandomSource {
  /// Cut, or with some bytes changed.
  fileprivate mutating func damaged(_ payload: [UInt8]) -> [UInt8] {
    var damaged = payload
    if happens(onceIn: 4) { damaged.removeLast(Int.random(in: 0...damaged.count, using: &self)) }
    for _ in 0..<Int.random(in: 1...3, using: &self) where !damaged.isEmpty {
      // Digits and punctuation leave more messages readable than any byte does.
      let byte = happens(onceIn: 2) ? UInt8.random(in: 0x20...0x7E, using: &self) : .random(in: 0...255, using: &self)
      damaged[Int.random(in: damaged.indices, using: &self)] = byte
    }
    return damaged
  }
}
