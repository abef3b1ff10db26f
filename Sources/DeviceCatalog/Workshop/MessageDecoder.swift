import Telemetry

/// Decodes single messages in the words of their readers, for commands, examples and dead letters; the pipeline's hot
/// way through the same `PayloadDecoder` makes none of these texts.
public struct MessageDecoder: Sendable {
  /// A reading as it is told: names in place of numbers.
  public struct Reading: Sendable {
    public enum Value: Equatable, Sendable {
      case number(Number)
      case state(String)
    }

    public let device: String
    public let metric: Metric
    /// In the metric's canonical unit; nil where the quality is bad.
    public let value: Value?
    public let quality: Quality
    /// Nil where the time of receipt counts.
    public let time: Timestamp?
  }

  /// A message whose readings can be told.
  public struct Message: Sendable {
    public let profile: Profile
    public let device: String
    public let tags: [String: String]
    public let readings: [Reading]
  }

  /// Why a message becomes a dead letter, and the profile that was to decode it.
  public struct Refused: Error {
    public let profile: Profile?
    public let refusal: PayloadDecoder.Refusal
  }

  private let catalogue: Catalogue
  private let zone: Zone
  private let limits: Limits

  /// What a gateway takes at most; the defaults are those of a configuration.
  public struct Limits: Sendable {
    public var topicBytes = 1024
    public var payloadBytes = 256 << 10

    public init() {}
  }

  /// - Parameter zone: for time stamps without one.
  public init(_ catalogue: Catalogue, zone: Zone, limits: Limits = Limits()) {
    self.catalogue = catalogue
    self.zone = zone
    self.limits = limits
  }

  /// Decodes one message by the profile that claims its topic, or by the one that is given.
  ///
  /// Event times are not compared with a time of receipt: a message may be of any age.
  public func decode(
    topic: [UInt8], payload: [UInt8], profile given: Profile? = nil
  ) -> Result<Message, Refused> {
    let problem = topic.withUnsafeBytes { TopicRule.problem(with: $0, longestBytes: limits.topicBytes) }
    if let problem { return refused(given, .topic, problem) }
    let captures: [String: String]
    let profile: Profile
    if let given {
      profile = given
      captures = captureNames(of: topic, in: given)
    } else {
      guard let match = topic.withUnsafeBytes({ catalogue.match($0) }) else {
        return refused(nil, .noProfile, "no profile claims this topic")
      }
      profile = catalogue.profiles[match.profile]
      captures = match.captures
    }
    guard payload.count <= limits.payloadBytes else {
      return refused(
        profile, .oversize, "the payload has \(payload.count) bytes, mqtt.max_packet is \(limits.payloadBytes)")
    }
    let decoder = PayloadDecoder(profile, zone: zone, maxPayloadBytes: limits.payloadBytes)
    if let refusal = decode(payload, with: decoder) {
      return .failure(Refused(profile: profile, refusal: refusal))
    }
    guard let device = profile.device.text(captures: captures) ?? decoder.deviceInPayload,
      Identifier.isValid(device)
    else { return refused(profile, .device, PayloadDecoder.noDeviceSentence) }
    return .success(
      Message(
        profile: profile, device: device, tags: tags(decoder, captures),
        readings: decoder.values.map { reading($0, of: device, decoder) }))
  }

  private func refused(_ profile: Profile?, _ reason: DeadLetterReason, _ detail: String) -> Result<Message, Refused> {
    .failure(Refused(profile: profile, refusal: PayloadDecoder.Refusal(reason, detail)))
  }

  private func captureNames(of topic: [UInt8], in profile: Profile) -> [String: String] {
    for template in profile.topics {
      if let values = topic.withUnsafeBytes({ template.captures(of: $0) }) {
        return Dictionary(zip(template.captureNames, values)) { $1 }
      }
    }
    return [:]
  }

  private func decode(_ payload: [UInt8], with decoder: PayloadDecoder) -> PayloadDecoder.Refusal? {
    (payload + [UInt8](repeating: 0, count: PayloadDecoder.padding)).withUnsafeBytes {
      decoder.decode(UnsafeRawBufferPointer(rebasing: $0[..<payload.count]))
    }
  }

  private func tags(_ decoder: PayloadDecoder, _ captures: [String: String]) -> [String: String] {
    decoder.tags(captures: captures).reduce(into: [:]) { $0[$1.name] = $1.value }
  }

  private func reading(_ value: DecodedValue, of device: String, _ decoder: PayloadDecoder) -> Reading {
    let metric = decoder.profile.metrics[value.metric]
    return Reading(
      device: device, metric: metric,
      value: value.quality != .good
        ? nil : metric.kind == .state ? .state(metric.states.names[Int(value.value)]) : .number(value.number),
      quality: value.quality, time: decoder.time)
  }
}
