import DeviceCatalog
import DurableSQLite
import Ingest
import Sparkplug
import Telemetry
import WireFormats

/// Messages of Sparkplug nodes, whose meaning rests on what the node said before.
extension Pipeline {
  func takeSparkplug(
    _ message: RingMessage, _ topic: SparkplugTopic, route: Int
  ) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    if frame.letterID != nil { return bury(message, nil, Self.outOfSession, route: route) }
    // What a broker kept may be of any session.
    if frame.flags.contains(.retained) { return .ignored(.retained) }
    let profile = routes[route].profiles.first
    guard let node = routes[route].edgeNode ?? sparkplug.node(of: topic) else {
      return bury(message, nil, HostApplication.tooManyNodes, route: route)
    }
    routes[route].edgeNode = node
    if frame.flags.contains(.cut) {
      sparkplug.miss(topic, node: node)
      return buryCut(message, route: route)
    }
    decoders.fields.removeAll()
    let said = sparkplug.take(frame.payload, topic, node: node, receivedAt: frame.receivedAt, into: decoders.fields)
    switch said {
    case .nothing: return .ignored(.session)
    case .refused(let refusal):
      return bury(message, profile.map { decoders.decoders[$0].profile }, refusal, route: route)
    case .values, .birth:
      guard let profile else { return .ignored(.session) }
      let refusal = decoders.decodeFields(by: profile, isRetelling: said == .birth)
      // Messages hold what has changed, and births all that there is: most of it is none of the profile's concern.
      if refusal?.reason == .noMetric { return .ignored(.noMetric) }
      return try takeIn(message, decodedBy: profile, refusal, route: route)
    case .death(let devices, let time):
      var hasReadings = false
      for device in devices where try markStale(device, ofNode: node, at: time, frame) { hasReadings = true }
      return hasReadings ? .decoded : .ignored(.session)
    }
  }

  private static let outOfSession = PayloadDecoder.Refusal(
    .birth, "a Sparkplug message means nothing outside of its session, and is not read again")

  /// Makes a stale reading of each metric that a birth of a node, or of one of its devices, had.
  ///
  /// - Parameter time: nil, and where it is none to go by, for that of the receipt.
  /// - Returns: false where there is none, for want of a profile.
  private func markStale(
    _ device: String?, ofNode node: Int, at time: Timestamp?, _ frame: MessageFrame
  ) throws(DatabaseFailure) -> Bool {
    let topic = Array(sparkplug.birthTopic(of: device, ofNode: node).text.utf8)
    let route = topic.withUnsafeBytes { routes.index(of: $0, hash: ContentHash.of($0)) }
    guard let profile = routes[route].profiles.first else { return false }
    decoders.fields.removeAll()
    sparkplug.readStale(device, ofNode: node, into: decoders.fields)
    guard decoders.decodeFields(by: profile, isRetelling: true) == nil else { return false }
    let decoder = decoders.decoders[profile]
    let at = time.map { times.accepts($0, frame) ? $0 : frame.receivedAt } ?? frame.receivedAt
    fates = [RecordFate(cause: .counts, time: at)]
    guard decoder.records.count == 1, bind(decoder, profile: profile, route: route, receivedAt: frame.receivedAt) == nil
    else { return false }
    try aggregateAll(of: decoder.records[0], decoder, fates[0], frame, as: .new)
    return true
  }

  // MARK: Births asked for

  /// What is to be sent to Sparkplug nodes now, so that they are born again.
  func rebirthRequests() -> [HostApplication.RebirthRequest] { sparkplug.rebirthRequests(at: now()) }

  /// To be called where the broker has lost what it held for the gateway.
  func doubtSparkplugBirths() { sparkplug.doubtBirths(at: now()) }
}
