import Telemetry
import Testing

@testable import DeviceCatalog

/// What every profile of the build has to say of its devices, and which are excused, and why.
@Suite
struct BuiltInProfileTests {
  /// Profiles that cannot know how often their devices report.
  private static let withoutInterval: [(reason: String, profiles: Set<String>)] = [
    (
      "devices of this kind report where something changes",
      [
        "ngsi-streetlight", "ngsi-waste-container", "shelly-events", "shelly-status", "sparkplug-machine",
        "vda5050-connection", "zigbee2mqtt",
      ]
    ),
    (
      "devices of any kind speak so, each as often as it is set",
      [
        "alink", "chirpstack-lpp", "chirpstack-v4", "hj212", "line-protocol", "neuron", "ngsi-water-quality",
        "opcua-json", "senml-cbor", "senml-json", "szy206", "thingsboard-device", "thingsboard-gateway", "ttn-lpp",
        "ttn-v3", "value",
      ]
    ),
  ]

  /// Gauges and counters that nothing limits.
  private static let withoutRange: [(reason: String, metrics: Set<String>)] = [
    ("coordinates of a plant's own map", ["position_x", "position_y"])
  ]

  private let catalogue: Catalogue

  init() throws { catalogue = try Catalogue(.builtIn) }

  @Test("Every built-in profile has titles in English and in Chinese")
  func titles() {
    for profile in catalogue.profiles {
      #expect(Set(profile.titles.keys) == ["en", "zh"], "\(profile.name)")
      #expect(profile.titles.values.allSatisfy { !$0.isEmpty }, "\(profile.name)")
    }
  }

  @Test("Every built-in profile says how often its devices report, or there is a reason why it cannot")
  func intervals() {
    let excused = Self.withoutInterval.reduce(into: Set<String>()) { $0.formUnion($1.profiles) }
    for profile in catalogue.profiles {
      #expect(profile.interval != nil || excused.contains(profile.name), "\(profile.name) has no interval")
    }
  }

  @Test("Every gauge has a range, every counter a range or a modulus, or there is a reason why nothing limits it")
  func ranges() {
    let excused = Self.withoutRange.reduce(into: Set<String>()) { $0.formUnion($1.metrics) }
    for profile in catalogue.profiles {
      for metric in profile.metrics where [.gauge, .counter].contains(metric.kind) && !metric.isCount {
        let isLimited = metric.range != nil || metric.modulus > 0 || excused.contains(metric.name)
        #expect(isLimited, "\(profile.name), line \(metric.line): nothing limits \(metric.name)")
      }
    }
  }

  @Test("Every built-in profile shows a good reading, a bad one, and three examples that come out differently")
  func examples() {
    for profile in catalogue.profiles {
      let outcomes = Set(profile.examples.map(\.outcome))
      #expect(outcomes.count >= 3, "\(profile.name) has only \(outcomes.count) examples that come out differently")
      #expect(profile.examples.contains { $0.hasGoodReading }, "\(profile.name) has no good reading")
      #expect(profile.examples.contains { $0.hasBadReading }, "\(profile.name) has no bad reading")
    }
  }

  @Test("Who is excused exists")
  func excuses() {
    let profiles = Set(catalogue.profiles.map(\.name))
    let metrics = Set(catalogue.profiles.flatMap { $0.metrics.map(\.name) })
    for excuse in Self.withoutInterval { #expect(excuse.profiles.isSubset(of: profiles), "\(excuse.reason)") }
    for excuse in Self.withoutRange { #expect(excuse.metrics.isSubset(of: metrics), "\(excuse.reason)") }
  }
}

extension Metric {
  /// The gateway counts it, so that it cannot be out of range.
  fileprivate var isCount: Bool { if case .count = source { true } else { false } }
}

extension Example {
  fileprivate var hasGoodReading: Bool { readings.contains { $0.reason == nil } }
  fileprivate var hasBadReading: Bool { readings.contains { $0.reason != nil } }

  /// What comes of it, of whichever device and at whatever time.
  fileprivate var outcome: [String] {
    refused.map { ["refused: \($0.rawValue)"] } ?? readings.map { "\($0.metric): \($0.valueText)" }
  }
}
