/// Templates for topics, with a name for each level that varies or looks like a name of something.
struct TopicGuess {
  /// Of one length each.
  private(set) var templates: [String] = []
  /// Names that all templates have.
  private(set) var names: [String] = []
  private(set) var grounds: [String] = []
  /// By level name, of the first template: where it stands.
  private(set) var levels: [String: Int] = [:]

  static let device = "device"

  /// Some level varies or looks like a name, so that one of them is the device.
  private(set) var isSure = false
  /// What stands at the level of the device.
  private(set) var devices: Set<String> = []
  /// The level that says what values alone are; nil for other payloads.
  private(set) var metric: String?

  /// - Parameters:
  ///   - topics: one at least.
  ///   - wantsDevice: one level is the device, even where nothing speaks for it.
  ///   - isOfValues: payloads are values alone, whose metric a level names: that one stays as it is.
  init(_ topics: [String], wantsDevice: Bool, isOfValues: Bool = false) {
    let byCount = Dictionary(grouping: Set(topics).sorted(), by: { $0.utf8.count { $0 == UInt8(ascii: "/") } })
    for (number, (_, topics)) in byCount.sorted(by: { $0.key < $1.key }).enumerated() {
      add(topics.map(TopicGuess.split), wantsDevice: wantsDevice, isOfValues: isOfValues, isFirst: number == 0)
    }
  }

  /// Those of Sparkplug, whose levels have a meaning: the groups stay as they are.
  init(sparkplug topics: [String]) {
    let groups = Set(topics.map { $0.topicLevels.count > 1 ? String(decoding: $0.topicLevels[1], as: UTF8.self) : "" })
    // Readings are those of devices, where there are any; a node's own need a profile beside this one.
    let hasDevices = topics.contains { $0.topicLevels.count == 5 }
    templates = groups.sorted().map { "spBv1.0/\($0)/{type}/{node}\(hasDevices ? "/{device}" : "")" }
    names = ["type", "node"] + (hasDevices ? [Self.device] : [])
    isSure = true
  }

  private mutating func add(_ topics: [[String]], wantsDevice: Bool, isOfValues: Bool, isFirst: Bool) {
    let columns = topics[0].indices.map { level in topics.map { $0[level] } }
    let varying = columns.indices.filter { Set(columns[$0]).count > 1 }
    let metric = isOfValues ? TopicGuess.metricLevel(columns, besides: varying) : nil
    let telling = columns.indices.filter { $0 != metric && TopicGuess.isName(columns, $0) }
    var named = Set(varying + telling)
    if isFirst {
      isSure = !named.isEmpty
      self.metric = metric.map { columns[$0][0] }
    }
    let id =
      varying.last { TopicGuess.looksLikeID(columns[$0][0]) } ?? telling.last { TopicGuess.looksLikeID(columns[$0][0]) }
    let telltale = id ?? varying.last ?? telling.last ?? TopicGuess.lastWord(columns, besides: metric)
    let device = wantsDevice ? telltale : nil
    if let device {
      named.insert(device)
      devices.formUnion(columns[device])
    }
    var used: Set<String> = []
    let texts = columns.indices.map { level -> String in
      guard named.contains(level) else { return columns[level][0] }
      let name = level == device ? Self.device : TopicGuess.name(columns, level, avoiding: used.union([Self.device]))
      used.insert(name)
      if isFirst {
        levels[name] = level
        let ground =
          varying.contains(level)
          ? "it varies"
          : TopicGuess.looksLikeID(columns[level][0])
            ? "'\(columns[level][0])' looks like an id"
            : level > 0 ? "it stands behind '\(columns[level - 1][0])'" : "somebody has to be the device"
        grounds.append("{\(name)}: \(ground)")
      }
      return "{\(name)}"
    }
    templates.append(texts.joined(separator: "/"))
    names =
      isFirst
      ? columns.indices.compactMap { level in self.levels.first { $0.value == level }?.key }
      : names.filter(used.contains)
  }

  // MARK: What a level is

  /// Words behind which a name stands, and what that is called.
  private static let containers: [String: String] = [
    "city": "district", "district": "district", "plant": "site", "factory": "site", "site": "site", "mill": "site",
    "park": "site", "campus": "site", "building": "building", "floor": "floor", "room": "room", "hall": "hall",
    "area": "area", "zone": "zone", "line": "line", "workshop": "workshop", "gateway": "gateway", "gw": "gateway",
    "group": "group", "node": "node", "tenant": "tenant", "app": "application", "application": "application",
    "device": device, "devices": device, "sensor": device, "station": device, "meter": device, "machine": device,
  ]

  /// A level that holds digits, or stands behind a word such as `city`.
  private static func isName(_ columns: [[String]], _ level: Int) -> Bool {
    let text = columns[level][0]
    if isVersion(text) { return false }
    if looksLikeID(text) || hasBraces(text) { return true }
    guard level > 0, containers[columns[level - 1][0].lowercased()] != nil else { return false }
    return containers[text.lowercased()] == nil && !endings.contains(text.lowercased())
  }

  static func looksLikeID(_ text: String) -> Bool {
    text.contains { $0.isNumber } && !isVersion(text)
  }

  /// Braces have a meaning in templates: a level with them cannot stand there as it is.
  private static func hasBraces(_ text: String) -> Bool { text.contains { "{}+#".contains($0) } }

  /// `v1`, `v2.0`
  private static func isVersion(_ text: String) -> Bool {
    text.first == "v" && text.dropFirst().allSatisfy { $0.isNumber || $0 == "." } && text.count > 1 && text.count < 6
  }

  private static let endings: Set = [
    "up", "data", "telemetry", "state", "status", "event", "events", "report", "uplink", "json", "post", "attributes",
    "value", "values", "sensor", "measurements", "info", "tele",
  ]

  /// `up`, `data`: what many topics end in, and nothing is called.
  static func isEnding(_ level: String) -> Bool { endings.contains(level.lowercased()) }

  /// Without any sign: the last level that is no common ending; nil where nothing is left.
  private static func lastWord(_ columns: [[String]], besides metric: Int?) -> Int? {
    let levels = columns.indices.filter { $0 != metric && !columns[$0][0].isEmpty }
    return levels.last { !isEnding(columns[$0][0]) } ?? levels.last
  }

  // MARK: What a value alone is

  /// The last level that names a quantity or a state; nil where none does.
  static func metricWord(of topic: String) -> String? { split(topic).last(where: namesMetric) }

  /// Where none does, the last word that all topics have, and that is no name of something.
  private static func metricLevel(_ columns: [[String]], besides varying: [Int]) -> Int? {
    let levels = columns.indices.filter { !varying.contains($0) }
    return levels.last { namesMetric(columns[$0][0]) }
      ?? levels.last { !isName(columns, $0) && isWord(columns[$0][0]) }
  }

  private static func isWord(_ level: String) -> Bool { !level.isEmpty && !isEnding(level) && !isVersion(level) }

  /// `temperature`, `outlet_pressure`, and `co2` in spite of its digit; `light-3` is a lamp.
  private static func namesMetric(_ level: String) -> Bool {
    let words = NameParts.words(of: level)
    return !isEnding(level) && !hasBraces(level) && (words.count == 1 || !looksLikeID(level))
      && words.contains(where: MetricGuesser.isTelling)
  }

  private static func split(_ topic: String) -> [String] {
    topic.topicLevels.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func name(_ columns: [[String]], _ level: Int, avoiding used: Set<String>) -> String {
    let before = level > 0 ? columns[level - 1][0].lowercased() : ""
    let letters = String(columns[level][0].lowercased().prefix { $0.isLetter && $0.isASCII })
    let candidates = [containers[before], containers[letters], "site", "area", "group", "part"].compactMap { $0 }
    return candidates.first { !used.contains($0) } ?? "level_\(level + 1)"
  }
}
