import Telemetry

/// Writes a draft as YAML, without its examples.
struct DraftWriter {
  var remarks: [String] = []
  /// Nil for none: nobody else claims the topics.
  var priority: Int?

  private let guess: PayloadGuess
  private let table: SampleTable
  private let parts: DraftParts
  private let topics: TopicGuess
  private let name: String
  private let isNameGiven: Bool
  private let sampleCount: Int
  private let interval: String?

  init(
    _ samples: [DraftSample], _ guess: PayloadGuess, _ table: SampleTable, name given: String?, _ catalogue: Catalogue
  ) {
    self.guess = guess
    self.table = table
    sampleCount = samples.count
    let topicNames = samples.map(\.topic)
    let isFrame = [.hj212, .sl651, .szy206, .cjt188].contains(guess)
    let hasTimes = !guess.isTree && guess != .value && !guess.isTable
    let model = guess.isTree || guess == .value ? nil : ProfileDraft.model(of: guess, in: catalogue)
    let isDeviceGiven = !guess.envelope.isEmpty || guess == .sparkplugB
    let fromTopic = TopicGuess(
      topicNames, wantsDevice: !isFrame && !isDeviceGiven, isOfValues: guess == .value)
    let isOpen = !isFrame && !isDeviceGiven && guess != .value
    let device = DeviceGuess(table, model, topicDevices: isOpen ? fromTopic.devices.count : nil)
    let isInPayload =
      isFrame || device.outnumbersTopic || !isDeviceGiven && !fromTopic.isSure && device.row != nil
    topics =
      guess == .sparkplugB
      ? TopicGuess(sparkplug: topicNames)
      : isInPayload ? TopicGuess(topicNames, wantsDevice: false) : fromTopic
    let isOneDevice = Set(topicNames).count == 1 && (device.isOne || !isInPayload)
    let guesser = MetricGuesser(
      units: catalogue.units, dimensions: catalogue.dimensions, isOneDevice: isOneDevice, topicWord: fromTopic.metric)
    var parts = DraftParts(
      table, guesser, device, model: model, isFrame: isFrame, looksForTime: guess.envelope.isEmpty && !hasTimes)
    parts.dropTags(named: topics.names)
    self.parts = parts
    isNameGiven = given != nil
    self.name = given ?? DraftWriter.name(topicNames[0], topics, catalogue)
    interval = parts.time.flatMap { time in
      isOneDevice ? IntervalGuess.text(time.row.times(time.format)) : nil
    }
  }

  /// Nothing in the samples is a metric.
  var isEmpty: Bool { parts.metrics.isEmpty }

  /// What was found, and why it is no metric.
  var notRead: String {
    let device = parts.device.row.map { [SampleTable.LeftOut(place: $0.place, what: "it may name the device")] } ?? []
    return (device + parts.notRead).map { "\($0.place.inOneLine(atMost: 80)): \($0.what)" }.joined(separator: "; ")
  }

  /// The word before the device's level, or the last that is a word.
  private static func name(_ topic: String, _ topics: TopicGuess, _ catalogue: Catalogue) -> String {
    let levels = topic.topicLevels.map { String(decoding: $0, as: UTF8.self) }
    let named = Set(topics.levels.values)
    let before = topics.levels[TopicGuess.device].map { levels[..<$0] } ?? levels[...]
    let word =
      before.indices.last { !named.contains($0) && !levels[$0].isEmpty && !TopicGuess.isEnding(levels[$0]) }.map {
        levels[$0]
      } ?? "device"
    let base = NameParts.words(of: word).joined(separator: "-")
    let name = base.isEmpty ? "device" : base
    return catalogue.profiles.contains { $0.name == name } ? "my-\(name)" : name
  }

  // MARK: The text

  var text: String {
    let head =
      [
        "Drafted from \(counted(sampleCount, "sample")). What is marked 'guess' is one: look at each, mend what is wrong,",
        "and run `ganglion devices test` on the directory.",
      ] + remarks.map { "Note: \($0)." }
    return (head.map { "# \($0)" } + headLines + ["metrics:"] + parts.metrics.map(line) + notReadLines).joined(
      separator: "\n") + "\n"
  }

  private var headLines: [String] {
    var lines = [
      "profile: \(YAMLText.quoted(name))" + (isNameGiven ? "" : " # guess: by the topic"),
      "title: { en: \(YAMLText.quoted(title)) } # guess",
    ]
    if let priority { lines.append("priority: \(priority) # guess: another profile claims these topics too") }
    lines.append(
      "topics: [\(topics.templates.map { YAMLText.quoted($0, always: true) }.joined(separator: ", "))]\(Self.comment(topics.grounds))"
    )
    lines.append("payload: \(guess.word) # \(guess.ground)")
    lines += optionLines
    if let device { lines.append("device: \(device.text)\(Self.comment(device.grounds))") }
    lines += timeLines
    if !tagTexts.isEmpty { lines.append("tags: { \(tagTexts.joined(separator: ", ")) } # guess") }
    return lines
  }

  private var title: String {
    let words = NameParts.words(of: name).joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  private var optionLines: [String] {
    switch guess {
    case .csv(let separator, let hasDecimalComma):
      [
        "csv: { separator: \"\(separator == "\t" ? "\\t" : String(separator))\", \(hasDecimalComma ? "decimal_comma: true, " : "")trim: true }"
      ]
    case .lineProtocol(let precision): ["precision: \(precision.rawValue) # guess: so its times are of our days"]
    default: table.isList && guess.envelope.isEmpty && guess.isTree ? ["records: \"/*\""] : []
    }
  }

  private var device: (text: String, grounds: [String])? {
    if guess == .sparkplugB { return (topics.names.contains("device") ? "\"{node}/{device}\"" : "\"{node}\"", []) }
    if !guess.envelope.isEmpty { return nil }
    if topics.names.contains(TopicGuess.device) { return ("\"{device}\"", []) }
    guard let row = parts.device.row else {
      // Braces of a name that was given would be places.
      let word = NameParts.words(of: name).joined(separator: "-")
      return (YAMLText.quoted(word.isEmpty ? "device" : word), ["nothing names it; it is one"])
    }
    let key = row.keys.last ?? name
    return (
      YAMLText.quoted(row.place),
      [parts.device.outnumbersTopic ? "'\(key)' names more of them than the topic" : "'\(key)' names it"]
    )
  }

  private var timeLines: [String] {
    var lines: [String] = []
    if let time = parts.time {
      lines.append(
        "time: { at: \(YAMLText.quoted(time.row.place)), as: \(time.format.rawValue) }\(Self.comment([time.ground]))")
    }
    if let interval {
      lines.append("interval: \(interval) # guess: by the steps between the samples")
    } else {
      lines.append("# interval: 1m # how often a device reports: completeness counts from it")
    }
    if let identity = parts.identity {
      lines.append("identity: \(YAMLText.quoted(identity.place)) # guess: it names the message")
    } else if parts.time != nil {
      lines.append("identity: time")
    }
    return lines
  }

  private var tagTexts: [String] {
    guard guess != .sparkplugB else { return [] }
    return topics.names.filter { $0 != TopicGuess.device }.map { "\($0): \"{\($0)}\"" }
      + parts.tags.map { "\(YAMLText.quoted($0.name)): \(YAMLText.quoted($0.place))" }
  }

  private func line(_ metric: MetricDraft) -> String {
    var pairs = [
      "name: \(YAMLText.quoted(metric.name))", "at: \(YAMLText.quoted(metric.place))", "kind: \(metric.kind.rawValue)",
    ]
    if let unit = metric.unit { pairs.append("unit: \(YAMLText.unit(unit))") }
    pairs += metric.options.map { "\($0.key): \($0.value)" }
    return "  - { \(pairs.joined(separator: ", ")) }\(Self.comment(metric.guesses))"
  }

  private var notReadLines: [String] {
    var left = parts.notRead
    if topics.names.contains(TopicGuess.device), let device = parts.device.row, guess.isTree {
      left.append(
        SampleTable.LeftOut(place: device.place, what: "it may name the device, as the topic does"))
    }
    if left.isEmpty { return [] }
    return ["# Not read:"] + left.map { "#   \($0.place.inOneLine(atMost: 120)): \($0.what)" }
  }

  private static func comment(_ grounds: [String]) -> String {
    grounds.isEmpty ? "" : " # guess: " + grounds.map { $0.inOneLine(atMost: 120) }.joined(separator: "; ")
  }
}

extension PayloadGuess {
  /// A table says itself which of its columns is a time.
  var isTable: Bool { if case .csv = self { true } else { false } }
}

extension SampleTable.Row {
  /// The moments that stand there.
  func times(_ format: TimeFormat) -> [Timestamp] {
    values.compactMap { value in
      switch value {
      case .number(let number):
        return Int64(exactly: number.value).flatMap { format.timestamp(.integer($0), zone: .utc) }
      case .text(let text):
        var copy = text
        return copy.withUTF8 { format.timestamp(.text(UnsafeRawBufferPointer($0)), zone: .utc) }
      default: return nil
      }
    }
  }
}

extension YAMLText {
  /// A unit's code: quoted where a sign in it has a meaning.
  static func unit(_ code: String) -> String {
    code.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "./".contains($0)) } && code.first?.isLetter == true
      ? code : "\"\(code)\""
  }

  /// A raw value of a state: always quoted, for it may look like a number.
  static func key(_ raw: String) -> String {
    let text = quoted(raw)
    return text == raw ? "\"\(raw)\"" : text
  }
}
