import DeviceCatalog
import Foundation
import Ingest
import Sparkplug
import StrictYAML
import Telemetry

extension GatewayConfiguration {
  static let knownKeys = [
    "gateway", "timezone", "data", "devices", "enrol", "mqtt", "pipeline", "windows", "http", "sparkplug", "kpis",
    "alerts", "limits", "log", "hub",
  ]

  /// Where commands look that are told no other place.
  public static let standardPath = "/etc/ganglion/ganglion.yaml"

  /// Reads a configuration file.
  ///
  /// - Throws: `YAMLError` that names file, line, column and key.
  public init(file path: String) throws(YAMLError) {
    do {
      try self.init(YAMLValue.parse(TextFile.read(path), file: path))
    } catch {
      // A directory that may not be entered has its own sentence.
      guard path == Self.standardPath, access(path, F_OK) != 0, errno == ENOENT else { throw error }
      throw YAMLError(
        file: path, line: 1, column: 1, path: "", message: "there is no such file; name yours with --config")
    }
  }

  /// The path of the tokens' file that a configuration names, whether the file is there yet or not; nil without one.
  public static func tokensFile(namedIn path: String) throws(YAMLError) -> String? {
    let root = try YAMLValue.parse(TextFile.read(path), file: path).mapping(known: knownKeys)
    return try root["http"]?.mapping(known: HTTP.knownKeys)["tokens_file"]?.filePath()
  }

  init(_ document: YAMLValue) throws(YAMLError) {
    let root = try document.mapping(known: GatewayConfiguration.knownKeys)
    let gateway = try root["gateway"]?.string() ?? GatewayConfiguration.hostName()
    timeZone = try GatewayConfiguration.timeZone(root["timezone"])
    file = document.file
    data = try root["data"]?.filePath() ?? "/var/lib/ganglion"
    devices = try GatewayConfiguration.devices(root["devices"])
    if let value = root["enrol"] { enrolment = try value.choice(Enrolment.self) }
    mqtt = try MQTT(root["mqtt"], in: document, gateway: gateway)
    self.gateway = gateway
    if let value = root["pipeline"] { pipeline = try Pipeline(value) }
    if let value = root["windows"] { windows = try Windows(value) }
    if let value = root["http"] { http = try HTTP(value) }
    if let value = root["sparkplug"] { sparkplug = try Sparkplug(value, gateway: gateway) }
    if let path = try readableFile(root["kpis"]) { kpis = try KPICatalogue.builtIn.adding(file: path) }
    if let value = root["limits"] { limits = try Limits(value) }
    if let value = root["log"] { log = try Log(value) }
    alerts = try readableFile(root["alerts"])
    if let value = root["hub"] { try GatewayConfiguration.refuseHub(value) }
  }

  private static func hostName() -> String {
    ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "gateway"
  }

  private static func timeZone(_ value: YAMLValue?) throws(YAMLError) -> TimeZone {
    guard let value else { return .current }
    let name = try value.string()
    // By the names of the time zone database alone: an abbreviation such as CST is that of several zones.
    let names = TimeZone.knownTimeZoneIdentifiers + ["UTC"]
    guard names.contains(name), let zone = TimeZone(identifier: name) else {
      throw value.error(
        "no time zone '\(name)'\(nearestHint(to: name, among: names)); expected a name such as Asia/Shanghai or UTC")
    }
    return zone
  }

  private static func devices(_ value: YAMLValue?) throws(YAMLError) -> String? {
    let standard = "/etc/ganglion/devices"
    guard let value else { return FileManager.default.fileExists(atPath: standard) ? standard : nil }
    let path = try value.filePath()
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw value.error("there is no directory '\(path)'")
    }
    return path
  }

  private static func refuseHub(_ value: YAMLValue) throws(YAMLError) {
    let hub = try value.mapping(known: ["url", "every"])
    if let url = hub["url"] { throw url.error("forwarding to a hub is not in this version; take the key out") }
  }
}

extension GatewayConfiguration.MQTT {
  private static let knownKeys = [
    "url", "client_id", "protocol", "username", "password_file", "ca_file", "cert_file", "key_file", "subscriptions",
    "session_expiry", "keepalive", "receive_maximum", "max_packet",
  ]

  init(_ value: YAMLValue?, in document: YAMLValue, gateway: String) throws(YAMLError) {
    guard let value else {
      throw document.error("mqtt.url is missing: set the broker's address, such as mqtt://127.0.0.1:1883")
    }
    let mqtt = try value.mapping(known: Self.knownKeys)
    guard let url = mqtt["url"] else {
      throw value.error("mqtt.url is missing: set the broker's address, such as mqtt://127.0.0.1:1883")
    }
    let broker = try BrokerURL(url)
    self.init(
      host: broker.host, port: broker.port, usesTLS: broker.usesTLS,
      clientID: try mqtt["client_id"]?.string() ?? "ganglion-\(gateway)")
    if let value = mqtt["protocol"] { version = try value.choice(SessionSettings.ProtocolVersion.self) }
    username = try mqtt["username"]?.string()
    passwordFile = try readableFile(mqtt["password_file"])
    if let passwordFile = mqtt["password_file"], username == nil {
      throw passwordFile.error("a password needs mqtt.username beside it")
    }
    for key in ["ca_file", "cert_file", "key_file"] where !usesTLS {
      if let extra = mqtt[key] { throw extra.error("only a mqtts:// url uses \(key)") }
    }
    caFile = try readableFile(mqtt["ca_file"])
    certFile = try readableFile(mqtt["cert_file"])
    keyFile = try readableFile(mqtt["key_file"])
    if (certFile == nil) != (keyFile == nil) { throw value.error("cert_file and key_file come together") }
    if let value = mqtt["subscriptions"] { subscriptions = try value.items().map(Self.filter) }
    if let value = mqtt["session_expiry"] { sessionExpiry = try value.duration() }
    if let value = mqtt["keepalive"] { keepalive = try Self.keepalive(value) }
    if let value = mqtt["receive_maximum"] { receiveMaximum = try value.integer(in: 1...65535) }
    if let value = mqtt["max_packet"] { maxPacketBytes = try Self.maxPacket(value) }
  }

  private static func filter(_ value: YAMLValue) throws(YAMLError) -> String {
    let filter = try value.string()
    if let problem = TopicFilters.problem(with: filter) { throw value.error(problem) }
    return filter
  }

  private static func keepalive(_ value: YAMLValue) throws(YAMLError) -> Duration {
    let keepalive = try value.duration()
    guard keepalive >= .seconds(5), keepalive <= .seconds(65535) else { throw value.error("expected 5s to 65535s") }
    return keepalive
  }

  private static func maxPacket(_ value: YAMLValue) throws(YAMLError) -> Int {
    let bytes = try value.size()
    guard (1024...(16 << 20)).contains(bytes) else { throw value.error("expected 1KiB to 16MiB") }
    return bytes
  }
}

/// The path of a file that can be read now; nil for an absent key.
private func readableFile(_ value: YAMLValue?) throws(YAMLError) -> String? {
  guard let value else { return nil }
  let path = try value.filePath()
  guard FileManager.default.isReadableFile(atPath: path) else { throw value.error("the file '\(path)' cannot be read") }
  return path
}

extension YAMLValue {
  /// A path; a relative one counts from the directory of the file in which it stands.
  fileprivate func filePath() throws(YAMLError) -> String {
    let path = try string()
    return path.hasPrefix("/") ? path : URL(fileURLWithPath: file).deletingLastPathComponent().path + "/" + path
  }
}

extension GatewayConfiguration.Pipeline {
  init(_ value: YAMLValue) throws(YAMLError) {
    let pipeline = try value.mapping(known: ["ring_capacity", "batch", "batch_delay", "checkpoint"])
    if let value = pipeline["ring_capacity"] {
      ringCapacity = try value.integer(in: 8192...1_048_576)
      guard ringCapacity & (ringCapacity - 1) == 0 else { throw value.error("\(ringCapacity) is not a power of two") }
    }
    if let value = pipeline["batch"] { batch = try value.integer(in: 1...ringCapacity / 4) }
    if let value = pipeline["batch_delay"] {
      batchDelay = try value.duration()
      guard batchDelay <= .seconds(1) else { throw value.error("expected at most 1s") }
    }
    if let value = pipeline["checkpoint"] {
      checkpoint = try value.duration()
      guard checkpoint >= .milliseconds(100), checkpoint <= .seconds(60) else {
        throw value.error("expected 100ms to 60s")
      }
    }
  }
}

extension GatewayConfiguration.Windows {
  init(_ value: YAMLValue) throws(YAMLError) {
    let windows = try value.mapping(known: [
      "base", "rollups", "retain", "exact_for", "samples_max", "future_limit", "past_limit",
    ])
    if let base = windows["base"], try base.duration() != .seconds(60) { throw base.error("expected 1m") }
    if let rollups = windows["rollups"] {
      let lengths = try rollups.items().map { item throws(YAMLError) in try item.string() }
      guard lengths == ["1h", "1d"] else { throw rollups.error("expected [1h, 1d]") }
    }
    if let retain = windows["retain"] { try readRetention(retain) }
    if let value = windows["exact_for"] {
      exactFor = try value.duration()
      guard exactFor <= .seconds(7 * 86400) else { throw value.error("expected at most 7d") }
    }
    if let value = windows["samples_max"] { samplesMax = try value.integer(in: 0...65536) }
    eventTimes = EventTimeRule(
      futureLimit: try windows["future_limit"]?.duration() ?? eventTimes.futureLimit,
      pastLimit: try windows["past_limit"]?.duration() ?? eventTimes.pastLimit)
  }

  private mutating func readRetention(_ value: YAMLValue) throws(YAMLError) {
    let retain = try value.mapping(known: ["1m", "1h", "1d"])
    func span(_ key: String, _ standard: Duration?, atLeast least: Duration) throws(YAMLError) -> Duration? {
      guard let value = retain[key] else { return standard }
      if try value.string() == "forever" { return nil }
      let span = try value.duration()
      guard span >= least else { throw value.error("expected at least \(least.text), or forever") }
      return span
    }
    retainMinutes = try span("1m", retainMinutes, atLeast: .seconds(2 * 3600))
    retainHours = try span("1h", retainHours, atLeast: .seconds(2 * 86400))
    retainDays = try span("1d", retainDays, atLeast: .seconds(2 * 86400))
    if let hours = retainHours, retainMinutes.map({ $0 > hours }) ?? true {
      throw value.error("hours are kept at least as long as the minutes they stand for")
    }
    if let days = retainDays, retainHours.map({ $0 > days }) ?? true {
      throw value.error("days are kept at least as long as the hours they stand for")
    }
  }
}

extension GatewayConfiguration.HTTP {
  fileprivate static let knownKeys = ["listen", "tokens_file", "tls_cert_file", "tls_key_file", "hosts", "connections"]

  init(_ value: YAMLValue) throws(YAMLError) {
    let http = try value.mapping(known: Self.knownKeys)
    tokensFile = try readableFile(http["tokens_file"])
    if let file = tokensFile { _ = try TokenTable(TextFile.read(file), file: file) }
    let (cert, key) = (try readableFile(http["tls_cert_file"]), try readableFile(http["tls_key_file"]))
    guard (cert == nil) == (key == nil) else { throw value.error("tls_cert_file and tls_key_file come together") }
    if let cert, let key { tls = TLS(certFile: cert, keyFile: key) }
    if let value = http["hosts"] {
      hosts = try value.items().map { item throws(YAMLError) in try item.string() }
    }
    if let value = http["connections"] { connections = try value.integer(in: 1...10_000) }
    if let listen = http["listen"] { try readAddress(listen) }
  }

  private mutating func readAddress(_ listen: YAMLValue) throws(YAMLError) {
    let text = try listen.string()
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw listen.error("expected address:port, such as 127.0.0.1:8080")
    }
    host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    self.port = Int(port)
    guard isLoopback || tokensFile != nil && tls != nil else {
      throw listen.error(
        "'\(host)' is not loopback: there http.tokens_file, http.tls_cert_file and http.tls_key_file are needed")
    }
  }
}

extension GatewayConfiguration.Sparkplug {
  init(_ value: YAMLValue, gateway: String) throws(YAMLError) {
    let options = try value.mapping(known: ["host", "state", "rebirth", "reorder_timeout", "rebirth_every"])
    let host = try options["host"]?.string() ?? gateway
    self.host = host
    if let value = options["host"] ?? options["state"] {
      guard !host.isEmpty, !host.contains(where: { "/+#".contains($0) }) else {
        throw value.error("'\(host)' is a level of a topic: it is not empty and has no '/', '+' or '#'")
      }
    }
    if let value = options["state"] {
      guard try !value.items().isEmpty else { throw value.error("expected v3, v2.2 or both") }
      state = Set(try value.items().map { item throws(YAMLError) in try item.choice(HostPresence.Form.self) })
    }
    if let value = options["rebirth"] { asksForBirths = try value.boolean() }
    if let value = options["reorder_timeout"] { timing.reorderTimeout = try value.duration() }
    if let value = options["rebirth_every"] {
      timing.rebirthInterval = try value.duration()
      guard timing.rebirthInterval >= .seconds(1) else { throw value.error("expected at least 1s") }
    }
  }
}

extension GatewayConfiguration.Limits {
  init(_ value: YAMLValue) throws(YAMLError) {
    let limits = try value.mapping(known: [
      "devices", "devices_per_profile", "dead_letters", "dead_letter_bytes", "topic_bytes", "message_identities",
      "store_bytes", "ballast", "requests_per_token", "question_time", "streams", "streams_per_token", "stream_events",
      "hook_calls",
    ])
    if let value = limits["devices"] { devices = try value.integer(in: 1...10_000_000) }
    if let value = limits["devices_per_profile"] { devicesPerProfile = try Self.devicesPerProfile(value) }
    if let value = limits["dead_letters"] { deadLetters = try value.integer(in: 0...10_000_000) }
    if let value = limits["dead_letter_bytes"] { deadLetterBytes = try value.size() }
    if let value = limits["message_identities"] { messageIdentities = try value.integer(in: 0...100_000_000) }
    if let value = limits["store_bytes"] {
      storeBytes = try value.size()
      guard storeBytes >= 16 << 20 else { throw value.error("expected at least 16MiB") }
    }
    if let value = limits["requests_per_token"] { requestsPerToken = try value.integer(in: 1...1_000_000) }
    if let value = limits["question_time"] { questionTime = try Self.questionTime(value) }
    if let value = limits["streams"] { streams = try value.integer(in: 0...10_000) }
    if let value = limits["streams_per_token"] { streamsPerToken = try value.integer(in: 1...10_000) }
    if let value = limits["stream_events"] { streamEvents = try value.integer(in: 100...10_000_000) }
    if let value = limits["hook_calls"] { hookCalls = try value.integer(in: 100...1_000_000) }
    if let value = limits["ballast"] { ballastBytes = try value.size() }
    if let value = limits["topic_bytes"] { topicBytes = try value.integer(in: 1...65535) }
  }

  private static func questionTime(_ value: YAMLValue) throws(YAMLError) -> Duration {
    let time = try value.duration()
    guard time >= .milliseconds(100), time <= .seconds(600) else { throw value.error("expected 100ms to 10m") }
    return time
  }
}

extension GatewayConfiguration.Log {
  init(_ value: YAMLValue) throws(YAMLError) {
    let log = try value.mapping(known: ["level", "format"])
    if let value = log["level"] { level = try value.choice(Level.self) }
    if let value = log["format"] { format = try value.choice(Format.self) }
  }
}
