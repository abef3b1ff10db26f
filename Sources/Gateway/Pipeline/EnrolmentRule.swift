/// Which devices the gateway gets to know. Those that the registry lists it knows in any case.
struct EnrolmentRule: Sendable {
  /// A device that is not listed enrols with its first message.
  var isOpen = true
  /// Of devices that enrolled so: all together.
  var deviceLimit = Int.max
  /// Of devices that enrolled so: by the profile of their first message; no limit where a profile has none.
  var profileLimits: [String: Int] = [:]
}

extension GatewayConfiguration {
  var enrolmentRule: EnrolmentRule {
    EnrolmentRule(
      isOpen: enrolment == .auto, deviceLimit: limits.devices,
      profileLimits: limits.devicesPerProfile.mapValues(\.count))
  }
}
