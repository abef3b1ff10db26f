import Foundation
import Telemetry
import TestSupport
import Testing
import WireFormats

@testable import Sparkplug

/// Messages of others: payloads with their types, and the topics and numbers of a minute in a plant.
@Suite(.enabled(if: conformanceFolder("sparkplug-b") != nil, "shared/conformance/sparkplug-b is absent"))
struct RealTrafficTests {
  private struct Vector: Decodable {
    let name: String
    let messageType: String
    let metricCount: Int
    let hex: String

    var bytes: [UInt8] {
      let digits = Array(hex)
      return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
  }

  private func vectors() throws -> [Vector] {
    let folder = try #require(conformanceFolder("sparkplug-b"))
    let file = folder.appendingPathComponent("umh-test-vectors.json")
    return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))
  }

  @Test("The payloads have as many metrics as they should, by this reader and by the library")
  func counts() throws {
    let vectors = try vectors()
    #expect(vectors.count == 7)
    for vector in vectors {
      var payload = SparkplugPayload()
      vector.bytes.withUnsafeBytes { bytes in
        #expect(payload.read(bytes) == nil)
        #expect(payload.metrics.count == vector.metricCount, "\(vector.name)")
      }
      let judged = try WirePayload(serializedBytes: vector.bytes)
      #expect(judged.metrics.count == vector.metricCount)
    }
  }

  @Test("The payloads, one after the other, are a session with all that may be wrong with one")
  func session() throws {
    var host = HostApplication()
    var heard: [String: [Heard]] = [:]
    for vector in try vectors() {
      heard[vector.name, default: []].append(
        host.hear("spBv1.0/g/\(vector.messageType)/n", vector.bytes, at: vector.name == "NDATA_GAP" ? 10 : 0))
    }
    let time = "1750855643474"
    #expect(
      heard["NBIRTH_V1"]?.first?.records == ["\(time): bdSeq=88 Node Control/Rebirth=false Temperature=21.5"])
    #expect(heard["NDATA_V1"] == [Heard(.values, "\(time): Temperature=22.5")])
    // Its session is 0, and that of the birth 88.
    #expect(heard["NDEATH_V1"] == [Heard(.nothing)])
    #expect(heard["NDATA_GAP"] == [Heard(.values, "\(time): Temperature=27.0")])
    // After 5, number 1 passes over 0.
    #expect(heard["NDATA_BEFORE_BIRTH"]?.first?.refusal?.reason == .birth)
    #expect(heard["NBIRTH_LARGE"]?.first?.records.first?.hasSuffix("Metric_100=150.0") == true)
    #expect(host.asks(at: 1000) == [])
  }

  @Test("The payloads are answered, cut off at any byte or with changed bytes")
  func hostile() throws {
    var host = HostApplication()
    for vector in try vectors() {
      let topics = ["spBv1.0/g/\(vector.messageType)/n"]
      let bytes = vector.bytes
      for length in 0...bytes.count { HostilePayloadTests.read(bytes[..<length], as: topics, &host) }
      for index in bytes.indices {
        var changed = bytes
        changed[index] ^= 0x80
        HostilePayloadTests.read(changed, as: topics, &host)
      }
    }
  }

  // MARK: A minute in a plant

  private struct Message {
    let topic: String
    let second: Double
    let seq: UInt8?
    let time: UInt64?
    let metricCount: Int
  }

  private func messages() throws -> [Message] {
    let folder = try #require(conformanceFolder("sparkplug-b"))
    let text = try String(contentsOf: folder.appendingPathComponent("umh-pcap_patterns.csv"), encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.dropFirst()
    return try lines.map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      try #require(cells.count == 10)
      return Message(
        topic: cells[2], second: Double(cells[1]) ?? 0, seq: UInt8(cells[7]), time: UInt64(cells[8]),
        metricCount: Int(cells[9]) ?? 0)
    }
  }

  /// A payload as it may have been: its metrics are numbered aliases.
  private func payload(_ message: Message) -> WirePayload {
    let metrics = (0..<message.metricCount).map { WireMetric(alias: UInt64($0), nil, .intValue(1)) }
    return WirePayload(seq: message.seq.map(UInt64.init), at: message.time, metrics)
  }

  @Test("All topics are those of nodes; fifteen messages of a device level have no body")
  func topics() throws {
    let messages = try messages()
    #expect(messages.count == 522)
    #expect(messages.allSatisfy { SparkplugTopic($0.topic)?.text.isEmpty == false })
    let empty = messages.filter { $0.time == nil && $0.metricCount == 0 }
    #expect(empty.count == 15)
    #expect(empty.allSatisfy { SparkplugTopic($0.topic)?.device != nil })
    #expect(empty.count { $0.topic.contains("/NDATA/") } == 10)
  }

  @Test("The busy node's numbers have gaps, and it goes on from 255 with 1")
  func numbers() throws {
    let numbers = try messages().filter { SparkplugTopic($0.topic)?.node == "702" }.compactMap(\.seq)
    var watch = SequenceWatch()
    var (gaps, wraps) = (0, 0)
    for number in numbers {
      let before = watch.missing
      if watch.last == 255 { wraps += number == 1 ? 1 : 0 }
      watch.take(number, at: .after(0))
      gaps += watch.missing == before ? 0 : 1
    }
    #expect(numbers.count == 502)
    #expect(wraps == 2)
    // Sixteen gaps, one of which is at 0 for the second time.
    #expect(gaps == 15)
    #expect(!watch.mayHaveMissedBirth)
  }

  @Test("Before any birth all are refused and the busy node is asked; after one no gap costs it a value")
  func host() throws {
    var host = HostApplication()
    for message in try messages() {
      let bytes = message.time == nil && message.metricCount == 0 ? [] : payload(message).bytes
      let reason = host.hear(message.topic, bytes, at: message.second).refusal?.reason
      #expect(reason == (bytes.isEmpty ? .empty : .birth))
    }
    #expect(host.asks(at: 100).contains("no-birth org_A/702"))
    #expect(host.status.nodes == 14)

    host = HostApplication()
    let metrics = (0..<12).map { WireMetric("m\($0)", alias: UInt64($0), .int8, .intValue(0)) }
    let own = try messages().filter { SparkplugTopic($0.topic)?.node == "702" && $0.seq != nil }
    _ = host.hear("spBv1.0/org_A/NBIRTH/702", WirePayload(seq: 20, at: nil, metrics))
    for device in Set(own.compactMap { SparkplugTopic($0.topic)?.device }) {
      _ = host.hear("spBv1.0/org_A/DBIRTH/702/\(device)", WirePayload(seq: nil, at: nil, metrics))
    }
    for message in own { #expect(host.hear(message.topic, payload(message)).outcome == .values) }
    #expect(host.asks(at: 100) == ["gap org_A/702"])
  }
}
