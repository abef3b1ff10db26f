import Telemetry

/// What is proposed of each place of a sample table: time, message id, tags, metrics, or nothing.
struct DraftParts {
  struct Named {
    let name: String
    let place: String
  }

  let device: DeviceGuess
  private(set) var time: TimeGuess?
  /// Of a message id.
  private(set) var identity: SampleTable.Row?
  private(set) var tags: [Named] = []
  private(set) var metrics: [MetricDraft] = []
  private(set) var notRead: [SampleTable.LeftOut]

  /// - Parameters:
  ///   - device: whose place is no metric.
  ///   - model: the built-in profile of the same format, whose metrics are taken over; nil where there is none.
  ///   - isFrame: the format has header values of its own that are no metrics.
  init(
    _ table: SampleTable, _ guesser: MetricGuesser, _ device: DeviceGuess, model: Profile?, isFrame: Bool,
    looksForTime: Bool
  ) {
    self.device = device
    notRead = table.leftOut
    time = looksForTime ? TimeGuess(table) : nil
    identity = isFrame ? nil : Self.identity(table)
    let taken = [device.row?.keys, time?.row.keys, identity?.keys].compactMap { $0 }
    var drafts: [MetricDraft] = []
    var rows: [SampleTable.Row] = []
    for row in table.rows where !taken.contains(row.keys) {
      if let draft = Self.borrowed(row, model) ?? metric(row, guesser, isFrame: isFrame) {
        drafts.append(draft)
        rows.append(row)
      }
    }
    metrics = Array(guesser.distinct(drafts, rows).prefix(256))
  }

  // MARK: Message id

  private static let messageNames: Set = ["msgid", "messageid", "mid", "uuid", "eventid", "deduplicationid"]

  private static func identity(_ table: SampleTable) -> SampleTable.Row? {
    table.rows.first { row in
      messageNames.contains(NameParts.words(of: row.keys.last ?? "").joined())
        && Set(row.values.compactMap(\.word)).count == row.values.count
    }
  }

  // MARK: Metrics and tags

  private static let placeNames: Set = [
    "site", "area", "district", "community", "line", "building", "floor", "room", "zone", "hall", "workshop", "factory",
    "plant", "region", "street", "group",
  ]
  private static let otherNames: [(words: Set<String>, what: String)] = [
    (["rssi", "snr", "lqi", "linkquality", "csq"], "the radio's, in no unit that is known here"),
    (["seq", "sequence", "fcnt", "msgid", "pnum", "pno"], "it numbers messages"),
    (
      ["version", "ver", "fw", "firmware", "hw", "model", "vendor", "manufacturer", "ip", "ssid"],
      "it describes the device"
    ),
    (["crc", "checksum", "signature", "sign", "token", "password", "pw"], "it is no measurement"),
  ]
  private static let headerNames: Set = [
    "serial", "clock_s", "status", "delay_min", "day", "hour", "minute", "second", "Flag", "_measurement",
  ]

  /// The words of a name that says a place, a message, or something else that is neither device nor metric.
  static func saysOther(_ words: [String]) -> Bool {
    messageNames.contains(words.joined()) || !placeNames.isDisjoint(with: words)
      || otherNames.contains { !$0.words.isDisjoint(with: words) }
  }

  private mutating func metric(_ row: SampleTable.Row, _ guesser: MetricGuesser, isFrame: Bool) -> MetricDraft? {
    let words = NameParts.words(of: row.keys.last ?? "")
    if let problem = reason(against: row, words, isFrame: isFrame) {
      notRead.append(SampleTable.LeftOut(place: row.place, what: problem))
      return nil
    }
    if row.texts.count == row.values.count, !Self.placeNames.isDisjoint(with: words) {
      let name = words.joined(separator: "_")
      if !tags.contains(where: { $0.name == name }) { tags.append(Named(name: name, place: row.place)) }
      return nil
    }
    if let draft = guesser.metric(for: row) { return draft }
    notRead.append(SampleTable.LeftOut(place: row.place, what: Self.words(for: row)))
    return nil
  }

  private func reason(against row: SampleTable.Row, _ words: [String], isFrame: Bool) -> String? {
    if row.isNull { return "null in all samples" }
    if let other = Self.otherNames.first(where: { !$0.words.isDisjoint(with: words) }) { return other.what }
    if words.last == "id" || words.last == "eui" { return "an id" }
    if isFrame, Self.headerNames.contains(row.keys[0]) || row.texts.count == row.values.count {
      return "it belongs to the frame"
    }
    if TimeGuess.format(row) != nil { return "another time" }
    return nil
  }

  private static func words(for row: SampleTable.Row) -> String {
    let longest = row.texts.map(\.count).max() ?? 0
    if row.texts.count != row.values.count { return "values of several types" }
    if longest > MetricGuesser.longestState { return "a text of \(longest) characters" }
    let text = row.texts.first?.inOneLine(atMost: 40) ?? ""
    return row.texts.allSatisfy(TopicGuess.looksLikeID)
      ? "a text that looks like an id, '\(text)': a device, a tag or nothing of interest"
      : "a text, '\(text)': a state, a tag or nothing of interest"
  }

  // MARK: As a built-in profile has it

  private static func borrowed(_ row: SampleTable.Row, _ model: Profile?) -> MetricDraft? {
    guard let model, model.payload.isFlat else { return nil }
    let metric = model.metrics.first { metric in
      if case .at(let paths) = metric.source { paths.contains { $0.keys == row.keys } } else { false }
    }
    return metric.map { MetricDraft($0, at: row.place, of: model) }
  }

  /// What the topic tells already is not asked of the payload.
  mutating func dropTags(named names: [String]) {
    tags.removeAll { names.contains($0.name) }
  }
}

extension MetricDraft {
  /// A metric of a built-in profile, at a place of its own.
  init(_ metric: Metric, at place: String, of model: Profile) {
    self.init(name: metric.name, place: place, kind: metric.kind, unit: metric.unit?.code)
    guesses = ["as in the built-in profile \(model.name)"]
    if let form = metric.textForm { options.append(("text", form.rawValue)) }
    if metric.scale != 1 { options.append(("scale", Number(metric.scale).text)) }
    if metric.offset != 0 { options.append(("offset", Number(metric.offset).text)) }
    if let range = metric.range {
      options.append(("range", "[\(Number(range.lowerBound).text), \(Number(range.upperBound).text)]"))
    }
    if !metric.missing.isEmpty {
      options.append(("missing", "[\(metric.missing.map(\.text).joined(separator: ", "))]"))
    }
    guard metric.kind == .state else { return }
    let pairs = metric.states.indices.sorted { $0.key < $1.key }.map { raw, index in
      "\(YAMLText.key(raw)): \(YAMLText.quoted(metric.states.names[index]))"
    }
    options.append(("states", "{ \(pairs.joined(separator: ", ")) }"))
  }
}
