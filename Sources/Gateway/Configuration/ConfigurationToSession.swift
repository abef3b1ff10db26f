import DeviceCatalog
import Foundation
import Ingest

extension GatewayConfiguration {
  /// What the session subscribes to: what the configuration says, else what the profiles want; sorted, none covered by
  /// another.
  public func topicFilters(for catalogue: Catalogue) -> [String] {
    mqtt.subscriptions.isEmpty ? catalogue.topicFilters : TopicFilters.cover(mqtt.subscriptions)
  }

  /// The session's settings for a catalogue. Reads the password file.
  ///
  /// - Throws: where the password file cannot be read.
  func sessionSettings(for catalogue: Catalogue) throws -> SessionSettings {
    let password = try mqtt.passwordFile.map { path in
      try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
    }
    return SessionSettings(
      host: mqtt.host, port: mqtt.port,
      tls: mqtt.usesTLS
        ? SessionSettings.TLS(caFile: mqtt.caFile, certFile: mqtt.certFile, keyFile: mqtt.keyFile) : nil,
      clientID: mqtt.clientID, version: mqtt.version, username: mqtt.username, password: password,
      filters: topicFilters(for: catalogue),
      sessionExpiry: mqtt.sessionExpiry, keepalive: mqtt.keepalive, receiveMaximum: mqtt.receiveMaximum,
      maxPayloadBytes: mqtt.maxPacketBytes, batchLimit: pipeline.batch, batchDelay: pipeline.batchDelay)
  }

  /// Decodes single messages with this configuration's zone and limits.
  public func messageDecoder(_ catalogue: Catalogue) -> MessageDecoder {
    var limits = MessageDecoder.Limits()
    limits.topicBytes = self.limits.topicBytes
    limits.payloadBytes = mqtt.maxPacketBytes
    return MessageDecoder(catalogue, zone: zone, limits: limits)
  }

  /// The settings of somebody who only listens, beside the gateway and its session.
  ///
  /// - Parameter filters: empty for those of the gateway.
  /// - Throws: where the password file cannot be read.
  public func listenerSettings(for catalogue: Catalogue, filters: [String]) throws -> SessionSettings {
    var settings = try sessionSettings(for: catalogue)
    settings.clientID = "ganglion-watch-\(UInt32.random(in: 0...UInt32.max))"
    settings.sessionExpiry = .zero
    settings.isCleanStart = true
    if !filters.isEmpty { settings.filters = TopicFilters.cover(filters) }
    return settings
  }

  /// The time zone for time stamps without one.
  var zone: Zone { Zone(timeZone) }
}

extension Zone {
  public init(_ timeZone: TimeZone) {
    self.init { wallSeconds in
      // The offset at the wall clock read as UTC, then at the moment that it gives: right but in the hour of a change.
      let guess = timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(wallSeconds)))
      let moment = Double(wallSeconds) - Double(guess)
      return Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: moment)))
    }
  }
}
