import Foundation
import Simulator
import TestSupport
import Testing
import WireFormats

@testable import Sparkplug

/// Payloads that no node should send. A reader that trapped would end the tests; that it reads no byte too many is for
/// a sanitizer to see.
@Suite struct HostilePayloadTests {
  static let topics = [
    "spBv1.0/g/NBIRTH/n", "spBv1.0/g/DBIRTH/n/d", "spBv1.0/g/NDATA/n", "spBv1.0/g/DDATA/n/d", "spBv1.0/g/NDEATH/n",
    "spBv1.0/g/DDEATH/n/d",
  ]

  /// Of every kind of metric.
  static func examples(seed: UInt64) -> [[UInt8]] {
    var source = RandomPayload(seed: seed)
    var stream = RandomStream(seed: seed)
    return (0..<30).map { _ in source.payload().bytes } + (0..<30).map { _ in stream.next().bytes }
  }

  /// Reads a payload as every type of message, or as some, and answers each time.
  static func read(
    _ bytes: some Collection<UInt8>, as topics: [String] = topics, _ host: inout HostApplication, second: Double = 0
  ) {
    for topic in topics {
      let outcome = host.take(topic, Array(bytes), at: second, into: FieldRecords())
      if case .refused(let refusal) = outcome { #expect(!refusal.detail.isEmpty) }
    }
  }

  @Test("Payloads that are cut off at any byte are answered")
  func cutOff() {
    var host = HostApplication()
    for example in Self.examples(seed: testSeed()) {
      for length in 0...example.count { Self.read(example[..<length], &host) }
    }
  }

  @Test("Payloads with changed bytes are answered")
  func changed() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var host = HostApplication()
    for example in Self.examples(seed: seed) where !example.isEmpty {
      for _ in 0..<setting("GANGLION_CHANGES", default: 100) {
        var bytes = example
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        Self.read(bytes, &host, second: Double.random(in: 0...100, using: &random))
      }
    }
    for node in host.unsaved() { #expect(throws: Never.self) { try host.restore(node) } }
  }

  @Test("Bytes of which none was meant are answered")
  func random() {
    var random = RandomSource(seed: testSeed())
    var host = HostApplication()
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      Self.read(bytes, &host)
    }
  }

  @Test("What is stored may be any bytes, and is refused or taken")
  func stored() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var stream = RandomStream(seed: seed)
    var host = HostApplication()
    for _ in 0..<200 { _ = host.hear(stream.next()) }
    for node in host.unsaved() {
      for _ in 0..<2000 {
        var births = node.births ?? []
        births[Int.random(in: 0..<births.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        var restored = HostApplication()
        let changed = HostApplication.Stored(
          name: node.name, births: births, sequence: [UInt8.random(in: 0...30, using: &random)] + node.sequence)
        try? restored.restore(changed)
        for _ in 0..<3 { _ = restored.hear(stream.next()) }
      }
    }
  }
}
