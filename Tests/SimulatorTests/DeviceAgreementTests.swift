import DeviceCatalog
import Sparkplug
import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// What a simulated device says that it said is what the built-in profiles read.
@Suite
struct DeviceAgreementTests {
  @Test("Factories are read as they speak")
  func factories() async throws { try await requireAgreement { Factories.devices() } }

  @Test("Bins, pavilions and trucks are read as they speak")
  func waste() async throws { try await requireAgreement { WasteCollection.devices() } }

  @Test("Plants, reservoirs, pipes and meters are read as they speak")
  func water() async throws { try await requireAgreement { WaterSupply.devices() } }

  @Test("What else a city has is read as it speaks")
  func city() async throws { try await requireAgreement { CityServices.devices() } }

  @Test("Formats that no other device of the city has are read as they are spoken")
  func generic() async throws { try await requireAgreement { CityServices.generic() } }

  private struct Line: Hashable {
    let device: String
    let metric: String
    let time: Timestamp?
    let value: KnownReading.Value
  }

  /// So many messages of all devices together.
  private static let messages = 20_000

  private func requireAgreement(of devices: @escaping @Sendable () -> [any SimulatedDevice]) async throws {
    let seed = testSeed()
    let problem = try await inBackground { try self.problem(of: devices(), seed) }
    #expect(problem == nil)
  }

  /// The first message that is not read as it was said; nil where all are.
  private func problem(of devices: [any SimulatedDevice], _ seed: UInt64) throws -> String? {
    var random = RandomSource(seed: seed)
    let decoder = MessageDecoder(try Catalogue(.builtIn), zone: Zone { _ in Timestamp.cityOffsetSeconds })
    var host = HostApplication()
    var devices = devices.shuffled(using: &random)
    for turn in 0..<Self.messages where !devices.isEmpty {
      let index = turn % min(devices.count, 2_000)
      // A day in steps of odd length, so that every hour comes.
      let time = Timestamp(microseconds: 1_763_654_400_000_000 + Int64(turn) * 4_321_987)
      let message = devices[index].message(at: time, using: &random)
      if let problem = difference(message, devices[index].traits, decoder, &host) {
        return "seed \(seed), turn \(turn), \(message.topic): \(problem)"
      }
    }
    return nil
  }

  private func difference(
    _ message: SimulatedMessage, _ traits: DeviceTraits, _ decoder: MessageDecoder, _ host: inout HostApplication
  ) -> String? {
    let known = message.readings.map {
      Line(device: $0.device, metric: $0.metric, time: traits.clock == .receipt ? nil : $0.time, value: $0.value)
    }
    switch decoder.decode(topic: Array(message.topic.utf8), payload: message.payload, host: &host) {
    case .failure(let refused):
      if known.isEmpty, message.fate != .decoded { return nil }
      return "\(refused.refusal)"
    case .success(let decoded):
      let read = decoded.readings.map { reading in
        Line(device: reading.device, metric: reading.metric.name, time: reading.time, value: value(of: reading))
      }
      if counts(read) == counts(known) { return nil }
      return "read \(Set(read).subtracting(known)), said \(Set(known).subtracting(read))"
    }
  }

  private func counts(_ lines: [Line]) -> [Line: Int] {
    lines.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  private func value(of reading: MessageDecoder.Reading) -> KnownReading.Value {
    switch reading.value {
    case .number(let number): .number(number.value)
    case .state(let name): .state(name)
    case nil: .bad
    }
  }
}
