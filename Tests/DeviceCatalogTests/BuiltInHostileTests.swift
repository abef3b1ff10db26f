import Simulator
import Telemetry
import TestSupport
import Testing

@testable import DeviceCatalog

/// Every built-in profile's examples, cut off and damaged; those of Sparkplug, which are none alone, have tests of their
/// own.
@Suite
struct BuiltInHostileTests {
  /// Decodes, and looks at all that was found.
  private func decode(_ payload: [UInt8], by decoders: DecoderSet) -> Bool {
    (payload + [UInt8](repeating: 0x7D, count: DecoderSet.padding)).withUnsafeBytes { bytes in
      let refusal = decoders.decode(UnsafeRawBufferPointer(rebasing: bytes[..<payload.count]), by: [0]).refusal
      let decoder = decoders.decoders[0]
      for record in decoder.records {
        _ = decoder.device(of: record, captures: [:])
        _ = decoder.tags(of: record, captures: [:])
        _ = decoder.tagFingerprint(of: record, seed: 1)
        _ = decoder.messageIdentity(of: record)
        for value in decoder.values[record.values] where value.quality == .good { #expect(value.value.isFinite) }
      }
      return refusal == nil
    }
  }

  @Test("No cut and no changed byte of any example traps its profile, and the whole example decodes afterwards")
  func damage() throws {
    var random = RandomSource(seed: testSeed())
    for profile in try Catalogue(.builtIn).profiles where !profile.isSparkplug {
      let decoders = DecoderSet([profile], zone: .utc, maxPayloadBytes: 1 << 20)
      for example in profile.examples {
        for count in 0..<example.message.payload.count {
          _ = decode(Array(example.message.payload[..<count]), by: decoders)
        }
        for _ in 0..<100 where !example.message.payload.isEmpty {
          var damaged = example.message.payload
          for _ in 0..<Int.random(in: 1...4, using: &random) {
            damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
          }
          _ = decode(damaged, by: decoders)
        }
        #expect(
          decode(example.message.payload, by: decoders) || example.refused != nil,
          "\(profile.name), line \(example.line)")
      }
    }
  }
}
