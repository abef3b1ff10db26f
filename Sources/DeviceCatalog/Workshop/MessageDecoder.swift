import Sparkplug
import Telemetry
import WireFormats

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
    public let tags: [String: String]
    public let metric: Metric
    /// In the metric's canonical unit; nil where the quality is bad.
    public let value: Value?
    public let quality: Quality
    /// Nil where the time of receipt counts.
    public let time: Timestamp?
    /// Its record has no time to go by, so that no window takes it.
    public let isWithoutTime: Bool

    /// Why it does not count; nil where it does.
    public var reason: String? {
      isWithoutTime ? RejectReason.time.rawValue : quality == .good ? nil : quality.reason
    }
  }

  /// A message whose readings can be told.
  public struct Message: Sendable {
    public let profile: Profile
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
    var host = HostApplication()
    return decode(topic: topic, payload: payload, profile: given, host: &host)
  }

  /// The same where messages came before.
  ///
  /// - Parameter host: has heard what was said before, and hears this message; Sparkplug data means nothing without.
  public func decode(
    topic: [UInt8], payload: [UInt8], profile given: Profile? = nil, host: inout HostApplication
  ) -> Result<Message, Refused> {
    withDecoding(topic, payload, given, &host) { $0.outcome }
  }

  /// Decodes one message, and says why it means what it means.
  public func explain(topic: [UInt8], payload: [UInt8], profile given: Profile? = nil) -> Explanation {
    var host = HostApplication()
    return explain(topic: topic, payload: payload, profile: given, host: &host)
  }

  /// The same where messages came before.
  ///
  /// - Parameter host: as for `decode`.
  public func explain(
    topic: [UInt8], payload: [UInt8], profile given: Profile? = nil, host: inout HostApplication
  ) -> Explanation {
    withDecoding(topic, payload, given, &host) { decoding in
      var maker = ExplanationMaker(decoding, catalogue)
      return maker.explanation(of: String(decoding: topic, as: UTF8.self))
    }
  }

  /// A message that has been decoded, while what was found still stands in its payload.
  struct Decoding {
    let payload: UnsafeRawBufferPointer
    let outcome: Result<Message, Refused>
    /// The profiles that claim the topic, or the one that is given.
    var matches: [(match: TopicMatch, profile: Profile)] = []
    /// By match; nil where nothing was asked.
    var decoders: DecoderSet?
    /// Among the matches: the one that decoded it, or was the last to refuse it.
    var index = 0
    /// What the host application made of it; nil for a topic that is none of Sparkplug's.
    var heard: Heard?
  }

  private func withDecoding<Answer>(
    _ topic: [UInt8], _ payload: [UInt8], _ given: Profile?, _ host: inout HostApplication,
    _ body: (Decoding) -> Answer
  ) -> Answer {
    // What is found points into the payload.
    (payload + [UInt8](repeating: 0, count: DecoderSet.padding)).withUnsafeBytes { memory in
      let payload = UnsafeRawBufferPointer(rebasing: memory[..<payload.count])
      let problem = topic.withUnsafeBytes { TopicRule.problem(with: $0, longestBytes: limits.topicBytes) }
      if let problem { return body(Decoding(payload: payload, outcome: refused(given, .topic, problem))) }
      let matches = given.map { [(match(topic, $0), $0)] } ?? claims(topic)
      return body(decode(topic, payload, matches, &host))
    }
  }

  private func claims(_ topic: [UInt8]) -> [(match: TopicMatch, profile: Profile)] {
    topic.withUnsafeBytes { catalogue.matches($0) }.map { ($0, catalogue.profiles[$0.profile]) }
  }

  private func decode(
    _ topic: [UInt8], _ payload: UnsafeRawBufferPointer, _ matches: [(match: TopicMatch, profile: Profile)],
    _ host: inout HostApplication
  ) -> Decoding {
    guard let first = matches.first?.profile else { return unclaimed(topic, payload, &host) }
    guard payload.count <= limits.payloadBytes else {
      let sentence = "the payload has \(payload.count) bytes, mqtt.max_packet is \(limits.payloadBytes)"
      return Decoding(payload: payload, outcome: refused(first, .oversize, sentence), matches: matches)
    }
    // Only what is asked is made ready: the whole catalogue would cost more than a message.
    let decoders = DecoderSet(matches.map(\.profile), zone: zone, maxPayloadBytes: limits.payloadBytes)
    let heard = first.isSparkplug ? hear(payload, topic, &host, decoders.fields) : nil
    let (index, refusal) =
      heard.map { (0, decodeHeard($0, host, with: decoders)) }
      ?? decoders.decode(payload, by: first.isSparkplug ? [0] : Array(matches.indices))
    let decoder = decoders.decoders[index]
    let outcome =
      refusal.map { .failure(Refused(profile: decoder.profile, refusal: $0)) }
      ?? readings(of: decoder, matches[index].match.captures).map { Message(profile: decoder.profile, readings: $0) }
    return Decoding(
      payload: payload, outcome: outcome, matches: matches, decoders: decoders, index: index, heard: heard)
  }

  /// A message that no profile claims may still be one of a Sparkplug node.
  private func unclaimed(
    _ topic: [UInt8], _ payload: UnsafeRawBufferPointer, _ host: inout HostApplication
  ) -> Decoding {
    let heard = catalogue.speaksSparkplug ? hear(payload, topic, &host, FieldRecords()) : nil
    let sentence =
      heard == nil
      ? "no profile claims this topic"
      : "no profile is for this node or device; its births and deaths count for others"
    return Decoding(payload: payload, outcome: refused(nil, .noProfile, sentence), heard: heard)
  }

  /// - Returns: no readings, but a refusal, where a record has no device.
  private func readings(of decoder: PayloadDecoder, _ captures: [String: String]) -> Result<[Reading], Refused> {
    var readings: [Reading] = []
    for record in decoder.records {
      guard let device = decoder.device(of: record, captures: captures), Identifier.isValid(device) else {
        return .failure(Refused(profile: decoder.profile, refusal: .init(.device, PayloadDecoder.noDeviceSentence)))
      }
      if case .refused(let refusal) = record.time, decoder.records.count == 1 {
        return .failure(Refused(profile: decoder.profile, refusal: refusal))
      }
      let tags = decoder.tags(of: record, captures: captures).reduce(into: [:]) { $0[$1.name] = $1.value }
      readings += decoder.values[record.values].map { reading($0, of: device, tags, record.time, decoder) }
    }
    return .success(readings)
  }

  private func refused(_ profile: Profile?, _ reason: DeadLetterReason, _ detail: String) -> Result<Message, Refused> {
    .failure(Refused(profile: profile, refusal: PayloadDecoder.Refusal(reason, detail)))
  }

  /// The topic's named levels, as the profile has them where it claims the topic.
  private func match(_ topic: [UInt8], _ profile: Profile) -> TopicMatch {
    for template in profile.topics {
      if let values = topic.withUnsafeBytes({ template.captures(of: $0) }) {
        return TopicMatch(
          profile: 0, template: template, captures: Dictionary(zip(template.captureNames, values)) { $1 })
      }
    }
    return TopicMatch(profile: 0, template: profile.topics[0], captures: [:])
  }

  // MARK: Sparkplug

  /// What the host application made of a message.
  struct Heard {
    let outcome: SparkplugOutcome
    let topic: SparkplugTopic
    let node: Int
  }

  /// - Returns: why there are no readings.
  private func decodeHeard(_ heard: Heard, _ host: HostApplication, with decoders: DecoderSet) -> Refusal? {
    switch heard.outcome {
    case .values: return decoders.decodeFields(by: 0)
    case .birth: return decoders.decodeFields(by: 0, isRetelling: true)
    case .refused(let refusal): return refusal
    case .nothing: return Refusal(.noMetric, "the message is about a session, and has no readings")
    case .death(let devices, _):
      guard devices.contains(heard.topic.device) else {
        return Refusal(.noMetric, "the readings that are stale now are those of \(devices.count) devices of the node")
      }
      host.readStale(heard.topic.device, ofNode: heard.node, into: decoders.fields)
      return decoders.decodeFields(by: 0, isRetelling: true)
    }
  }

  /// Nil where the topic is none of Sparkplug's.
  private func hear(
    _ payload: UnsafeRawBufferPointer, _ topic: [UInt8], _ host: inout HostApplication, _ fields: FieldRecords
  ) -> Heard? {
    guard let topic = topic.withUnsafeBytes(SparkplugTopic.init), let node = host.node(of: topic) else { return nil }
    let outcome = host.take(payload, topic, node: node, receivedAt: Timestamp(seconds: 0), into: fields)
    return Heard(outcome: outcome, topic: topic, node: node)
  }

  private func reading(
    _ value: DecodedValue, of device: String, _ tags: [String: String], _ time: DecodedRecord.Time,
    _ decoder: PayloadDecoder
  ) -> Reading {
    let metric = decoder.profile.metrics[value.metric]
    let moment: Timestamp? = if case .at(let moment) = time { moment } else { nil }
    let isWithoutTime = if case .refused = time { true } else { false }
    return Reading(
      device: device, tags: tags, metric: metric,
      value: value.quality != .good || isWithoutTime
        ? nil : metric.kind == .state ? .state(metric.states.names[Int(value.value)]) : .number(value.number),
      quality: value.quality, time: moment, isWithoutTime: isWithoutTime)
  }
}
