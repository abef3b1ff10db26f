import DeviceCatalog
import StrictYAML

extension GatewayConfiguration {
  /// Which devices the gateway takes messages of.
  public enum Enrolment: String, CaseIterable, Sendable {
    /// All, up to the limits; what the registry lists is known beforehand.
    case auto
    /// Those of the registry alone; messages of others are dead letters.
    case listed
  }

  /// How many devices of one profile enrol by themselves.
  public struct ProfileLimit: Sendable {
    public let count: Int
    let line: Int
    let column: Int
  }

  /// Looks whether the profiles that have limits are there.
  ///
  /// - Throws: for one that is not.
  public func requireLimitedProfiles(in catalogue: Catalogue) throws(YAMLError) {
    let names = catalogue.profiles.map(\.name)
    for (name, limit) in limits.devicesPerProfile.sorted(by: { $0.value.line < $1.value.line })
    where !names.contains(name) {
      throw YAMLError(
        file: file ?? "the configuration", line: limit.line, column: limit.column, path: "limits.devices_per_profile",
        message: "there is no profile '\(name)'\(nearestHint(to: name, among: names))")
    }
  }

  /// What is worth saying of the registry; nil where there is nothing.
  public func enrolmentWarning(for catalogue: Catalogue) -> String? {
    guard enrolment == .listed, catalogue.registry.devices.isEmpty else { return nil }
    return "enrol: listed, and no device is listed: every message becomes a dead letter {unlisted}; "
      + "`ganglion devices import` fills registry.csv"
  }
}

extension GatewayConfiguration.Limits {
  /// A map from profiles to numbers.
  static func devicesPerProfile(
    _ value: YAMLValue
  ) throws(YAMLError) -> [String: GatewayConfiguration.ProfileLimit] {
    var limits: [String: GatewayConfiguration.ProfileLimit] = [:]
    for (key, value) in try value.entries() {
      limits[try key.string()] = GatewayConfiguration.ProfileLimit(
        count: try value.integer(in: 0...10_000_000), line: key.line, column: key.column)
    }
    return limits
  }
}
