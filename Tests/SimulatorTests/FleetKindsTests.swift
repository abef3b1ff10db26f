import DeviceCatalog
import Sparkplug
import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// The kinds of devices of the whole city beside the built-in profiles that read them.
@Suite
struct FleetKindsTests {
  /// A device, and the profile that reads what it says.
  private struct Kind {
    var device: any SimulatedDevice
    let profile: Profile
  }

  private static let noon = Timestamp(seconds: 1_763_697_600)

  /// So many devices of a type are looked at: some types speak several formats, a few devices each.
  private static let devicesOfType = 50

  private let catalogue: Catalogue
  private let decoder: MessageDecoder

  init() throws {
    catalogue = try Catalogue(.builtIn)
    decoder = MessageDecoder(catalogue, zone: Zone { _ in Timestamp.cityOffsetSeconds })
  }

  /// The profile that reads a message; nil where none does, as of the birth of a Sparkplug node.
  private func profile(of message: SimulatedMessage) -> Profile? {
    let matches = Array(message.topic.utf8).withUnsafeBytes { catalogue.matches($0).map(\.profile) }
    if matches.count == 1 { return catalogue.profiles[matches[0]] }
    return try? decode(message, by: nil).get().profile
  }

  private func decode(
    _ message: SimulatedMessage, by profile: Profile?
  ) -> Result<MessageDecoder.Message, MessageDecoder.Refused> {
    decoder.decode(topic: Array(message.topic.utf8), payload: message.payload, profile: profile)
  }

  /// One device for each profile that has any.
  private func kinds(using random: inout RandomSource) -> [Kind] {
    var found: [String: Kind] = [:]
    var counts: [ObjectIdentifier: Int] = [:]
    for device in FleetName.quanzhou.devices {
      counts[ObjectIdentifier(type(of: device)), default: 0] += 1
      guard counts[ObjectIdentifier(type(of: device))]! <= Self.devicesOfType else { continue }
      var device = device
      // The first message may be the birth of a node.
      for _ in 0..<2 {
        guard let profile = profile(of: device.message(at: Self.noon, using: &random)) else { continue }
        if found[profile.name] == nil { found[profile.name] = Kind(device: device, profile: profile) }
      }
    }
    return found.values.sorted { $0.profile.name < $1.profile.name }
  }

  @Test("Every built-in profile has devices in the city, but for the few named here, and soon all have spoken")
  func everyProfile() {
    let seed = testSeed()
    var fleet = FleetName.quanzhou.fleet(seed: seed, faults: .none)
    var waiting = Set(catalogue.profiles.map(\.name)).subtracting(Self.withoutDevices)
    var heard: Set<String> = []
    for index in 0..<Self.soonMessages where !waiting.isEmpty {
      let message = fleet.nextMessage(at: Self.noon + .milliseconds(index))
      guard heard.insert(message.topic).inserted, let profile = profile(of: message) else { continue }
      #expect(!Self.withoutDevices.contains(profile.name), "\(profile.name) has a device: take it off the list")
      waiting.remove(profile.name)
    }
    #expect(waiting.isEmpty, "\(waiting.sorted()) have not spoken, seed \(seed)")
  }

  private static let soonMessages = 60_000

  /// Its format is spoken by the robot cells, which have a profile of their own.
  private static let withoutDevices: Set<String> = ["sparkplug-machine"]

  @Test("What a device's format allows to go wrong is what its profile says")
  func traits() {
    var random = RandomSource(seed: testSeed())
    for kind in kinds(using: &random) {
      let traits = kind.device.traits
      let identity: MessageIdentity =
        switch kind.profile.identity {
        case .time: .time
        case .message: .message
        case .none: .none
        }
      #expect(traits.identity == identity, "\(kind.profile.name)")
      #expect(traits.isOrdered == kind.profile.isSparkplug, "\(kind.profile.name)")
    }
  }

  @Test("Whose time counts is what its messages say, of now, of tomorrow and of 1970")
  func clocks() throws {
    var random = RandomSource(seed: testSeed())
    for var kind in kinds(using: &random) where !kind.device.traits.isOrdered {
      let clock = kind.device.traits.clock
      for (time, isUptime) in [
        (Self.noon, false), (Self.noon + .seconds(86_400), false), (Timestamp(seconds: 7200), true),
      ] {
        let message = kind.device.message(at: time, using: &random)
        switch decode(message, by: kind.profile) {
        case .failure(let refused):
          #expect(isUptime && clock == .own, "\(kind.profile.name) at \(time): \(refused.refusal)")
        case .success(let said):
          let isTimed = clock == .own || (clock == .ownElseReceipt && !isUptime)
          #expect(said.readings.allSatisfy { ($0.time != nil) == isTimed }, "\(kind.profile.name) at \(time)")
        }
      }
    }
  }

  @Test("Whatever is garbled is refused, in every format")
  func garbled() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    for var kind in kinds(using: &random) where kind.device.traits.mayBeGarbled {
      for _ in 0..<30 {
        let message = kind.device.message(at: Self.noon, using: &random).garbled(using: &random)
        let decoded = try? decode(message, by: kind.profile).get()
        let isRefused = decoded == nil
        #expect(isRefused, "\(kind.profile.name): \(message.payload), seed \(seed)")
      }
    }
  }
}

extension DeviceTraits {
  fileprivate var mayBeGarbled: Bool { !isOrdered && isRefusedWhole }
}
