import Telemetry

/// A metric as it is proposed, with the grounds of what is guessed.
struct MetricDraft {
  var name: String
  let place: String
  let kind: MetricKind
  /// UCUM code; nil for states.
  var unit: String?
  /// Further keys of the profile, in YAML, in order.
  var options: [(key: String, value: String)] = []
  /// What is guessed, and by which ground.
  var guesses: [String] = []
}

/// Proposes metrics for the places of a sample table.
struct MetricGuesser {
  let units: UnitTable
  /// The dimension that a metric's name has already; `state` for states.
  let dimensions: [String: String]
  /// Samples are of one device, in their order: what only grows there is a total.
  let isOneDevice: Bool
  /// What the topic says that a value alone is; nil for payloads that name theirs.
  let topicWord: String?

  private static let sentinels: Set<Double> = [-999, -9999, -99999, 9999, 99999, 32767, -32768, 65535, 3276.7, -3276.8]
  private static let mostStates = 8
  static let longestState = 24

  /// Nil for what is no metric.
  func metric(for row: SampleTable.Row) -> MetricDraft? {
    let values = row.values.filter { $0 != .null }
    guard let first = values.first else { return nil }
    let parts = NameParts(topicWord ?? row.keys.last ?? "")
    if values.allSatisfy({ if case .boolean = $0 { true } else { false } }) { return switched(row, parts) }
    if row.numbers.count == values.count {
      let isText = if case .text = first { true } else { false }
      return isState(row, parts) ? stepped(row, parts) : numeric(row, parts, textForm: isText ? "number" : nil)
    }
    if row.texts.count == values.count {
      return quantity(row, parts) ?? worded(row, parts)
    }
    return nil
  }

  /// A word that says a quantity or a state.
  static func isTelling(_ word: String) -> Bool { stateWords.contains(word) || QuantityGuess.knows(word) }

  // MARK: States

  private func switched(_ row: SampleTable.Row, _ parts: NameParts) -> MetricDraft {
    state(row, parts, "{ \"true\": \"on\", \"false\": \"off\" }", guess: "names of the states")
  }

  static let stateWords: Set = [
    "state", "status", "mode", "door", "lid", "valve", "switch", "alarm", "fault", "run", "running", "online", "open",
    "enabled", "phase", "stage", "relay", "contact", "motion", "leak",
  ]
  /// Under these stands a state, even one that looks like an id: `mode: T1`.
  private static let stateNames: Set = ["state", "status", "mode", "phase", "stage"]
  /// What is on or off, where its numbers are 0 and 1.
  private static let switchWords: Set = ["pump", "fan", "heater", "light", "lamp", "motor", "compressor", "occupied"]

  /// Whole numbers from a small set, under a name that says a state.
  private func isState(_ row: SampleTable.Row, _ parts: NameParts) -> Bool {
    guard parts.unit == nil, row.numbers.allSatisfy({ $0 == $0.rounded() && (0...99).contains($0) }) else {
      return false
    }
    let isSwitch = Set(row.numbers).isSubset(of: [0, 1])
    let words = Self.stateWords.union(isSwitch ? Self.switchWords : [])
    let isFew = Set(row.numbers).count <= Self.mostStates
    return isFew && (!words.isDisjoint(with: parts.words) || (row.numbers.count >= 8 && isSwitch))
  }

  private func stepped(_ row: SampleTable.Row, _ parts: NameParts) -> MetricDraft {
    let seen = Set(row.numbers).union(Set(row.numbers).isSubset(of: [0, 1]) ? [0, 1] : []).map { Int($0) }.sorted()
    let isSwitch = seen == [0, 1]
    let names = seen.map { "\"\($0)\": \"\(isSwitch ? ($0 == 0 ? "off" : "on") : "state_\($0)")\"" }
    return state(
      row, parts, "{ \(names.joined(separator: ", ")) }", guess: "small whole numbers are states; their names")
  }

  private func worded(_ row: SampleTable.Row, _ parts: NameParts) -> MetricDraft? {
    let seen = Set(row.texts)
    let isRepeated = seen.count < row.texts.count || !Self.stateWords.isDisjoint(with: parts.words)
    let areWords = seen.allSatisfy { text in
      !text.isEmpty && text.count <= Self.longestState && !text.contains { $0.isNewline || $0 == "\t" }
    }
    let areIDs = seen.allSatisfy(TopicGuess.looksLikeID) && Self.stateNames.isDisjoint(with: parts.words)
    guard areWords, isRepeated, !areIDs, seen.count <= Self.mostStates else { return nil }
    let names = seen.sorted().map { YAMLText.quoted($0) }.joined(separator: ", ")
    return state(row, parts, "[\(names)]", guess: "the states are those that were seen")
  }

  private func state(_ row: SampleTable.Row, _ parts: NameParts, _ states: String, guess: String) -> MetricDraft {
    MetricDraft(
      name: name(parts, row, unit: nil), place: row.place, kind: .state, options: [("states", states)], guesses: [guess]
    )
  }

  // MARK: Numbers

  private func numeric(_ row: SampleTable.Row, _ parts: NameParts, textForm: String?) -> MetricDraft {
    let missing = Set(row.numbers).intersection(Self.sentinels).sorted()
    let good = row.numbers.filter { !missing.contains($0) }
    let above = row.keys.dropLast().reversed().flatMap { NameParts.words(of: $0).reversed() }
    let parts = asUnit(parts, above, good) ?? parts
    let own: [String] = parts.words.reversed()
    let words = own + above
    let form: [(key: String, value: String)] = textForm.map { [("text", $0)] } ?? []
    // What stands in an object `power` may be a current; only of what says nothing itself the object says what it is.
    let quantity = parts.unit == nil ? QuantityGuess(own.allSatisfy(Self.isEmpty) ? words : own, good) : nil
    let unit = parts.unit ?? quantity?.unit ?? "{#}"
    let kind = KindGuess(words, unit: unit, isOneDevice ? good : [])
    var draft = MetricDraft(
      name: name(parts, row, unit: unit), place: row.place, kind: kind.kind, unit: unit, options: form,
      guesses: [
        parts.unit != nil
          ? "unit by '\(parts.unitText)' at its end"
          : quantity.map { "unit, \($0.ground)" } ?? "unit: nothing says one"
      ])
    if let ground = kind.ground { draft.guesses.append("kind, \(ground)") }
    if let range = range(unit, kind.kind, good, words) {
      draft.options.append(("range", range))
      draft.guesses.append("range")
    }
    if !missing.isEmpty {
      draft.options.append(("missing", "[\(missing.map { Number($0).text }.joined(separator: ", "))]"))
      draft.guesses.append("missing")
    }
    return draft
  }

  /// A letter alone is a unit where what it stands in is measured in such: `W` of `power`; nil for all else.
  private func asUnit(_ parts: NameParts, _ above: [String], _ numbers: [Double]) -> NameParts? {
    guard let letter = parts.asUnit, let code = letter.unit, let quantity = QuantityGuess(above, numbers),
      let dimension = units[code]?.dimension, units[quantity.unit]?.dimension == dimension
    else { return nil }
    return letter
  }

  /// Numbers with their unit, as `21.5 °C`.
  private func quantity(_ row: SampleTable.Row, _ parts: NameParts) -> MetricDraft? {
    var known: [String: Unit] = [:]
    for unit in units.all { for word in unit.spellings + [unit.code] { known[word] = known[word] ?? unit } }
    var found: Unit?
    for text in row.texts {
      guard let unit = known[NumberText.unitText(of: text)], found == nil || found?.dimension == unit.dimension else {
        return nil
      }
      found = found ?? unit
    }
    guard let found else { return nil }
    let kind = KindGuess(parts.words, unit: found.code, [])
    return MetricDraft(
      name: name(parts, row, unit: found.code), place: row.place, kind: kind.kind, unit: found.code,
      options: [("text", "quantity")],
      guesses: kind.ground.map { ["kind, \($0)"] } ?? [])
  }

  /// Wide enough to hold ten times what was seen; nil where a wrong guess would cost more than it is worth.
  private func range(_ unit: String, _ kind: MetricKind, _ numbers: [Double], _ words: [String]) -> String? {
    let lowest = numbers.min() ?? 0
    let highest = numbers.max() ?? 0
    switch unit {
    case "%": return (0...100).contains(lowest) && (0...100).contains(highest) ? "[0, 100]" : nil
    case "1": return lowest >= -1 && highest <= 1 ? "[-1, 1]" : nil
    case "deg":
      guard let limit = Self.coordinateLimit(words), lowest >= -Double(limit), highest <= Double(limit) else {
        return nil
      }
      return "[-\(limit), \(limit)]"
    case "[pH]": return "[0, 14]"
    case "Cel": return lowest >= -60 && highest <= 200 ? "[-60, 200]" : nil
    case "{#}": return nil
    default:
      guard kind == .gauge, lowest >= 0, highest > 0 else { return nil }
      var limit = 1.0
      while limit < highest * 10 { limit *= 10 }
      return "[0, \(Number(limit).text)]"
    }
  }

  private static let latitudes: Set = ["lat", "latitude"]
  private static let longitudes: Set = ["lon", "lng", "long", "longitude"]

  /// How far a coordinate goes, in degrees; nil for other angles, which may go round more than once.
  private static func coordinateLimit(_ words: [String]) -> Int? {
    if !latitudes.isDisjoint(with: words) { return 90 }
    return longitudes.isDisjoint(with: words) ? nil : 180
  }

  // MARK: Names

  /// Words that say nothing alone: what stands above them does.
  private static let emptyWords: Set = ["value", "val", "v", "data", "reading", "raw", "current", "now", "rtd", "avg"]

  /// Words that need to be told of what.
  private static let bareWords: Set = [
    "total", "tot", "run", "sum", "max", "min", "set", "actual", "act", "in", "out", "inlet", "outlet", "supply",
    "return", "l1", "l2", "l3",
  ]

  /// A word that does not say what is measured.
  private static func isEmpty(_ word: String) -> Bool {
    emptyWords.contains(word) || bareWords.contains(word) || word.allSatisfy(\.isNumber)
  }

  /// What a dimension is called in names.
  private static let nouns: [String: String] = [
    "temperature": "temperature", "pressure": "pressure", "power": "power", "energy": "energy", "mass": "weight",
    "electric potential": "voltage", "electric current": "current", "frequency": "speed", "volume": "volume",
    "volume flow": "flow", "length": "length", "time": "time", "speed": "speed", "force": "force", "torque": "torque",
  ]

  /// The last key's words; those of what it stands in where it says nothing alone, and what is measured behind.
  private func name(_ parts: NameParts, _ row: SampleTable.Row, unit: String?) -> String {
    var words = parts.words.filter { !Self.emptyWords.contains($0) }
    let noun = unit.flatMap { units[$0] }.flatMap { Self.nouns[$0.dimension] }
    if parts.unitText == "rh", !words.contains(where: { $0.hasPrefix("hum") }) { words.append("humidity") }
    var above = row.keys.dropLast()
    while words.isEmpty, let key = above.popLast() {
      words = NameParts.words(of: key).filter { !Self.emptyWords.contains($0) }
    }
    let isBare = parts.words.isEmpty || Self.bareWords.isSuperset(of: words)
    // Other profiles write it out.
    words = words.map { $0 == "rh" ? "humidity" : $0 }
    if let noun { words = words.map { $0.count >= 3 && $0 != noun && noun.hasPrefix($0) ? noun : $0 } }
    if isBare, let noun, !words.contains(noun) { words.append(noun) }
    let name = words.joined(separator: "_")
    if name.isEmpty { return parts.name.isEmpty ? "value" : parts.name }
    return name.first?.isNumber == true ? "value_\(name)" : name
  }

  /// Names that are not there twice, and have the dimension that others of the name have.
  func distinct(_ drafts: [MetricDraft], _ rows: [SampleTable.Row]) -> [MetricDraft] {
    var used: Set<String> = []
    return zip(drafts, rows).map { draft, row in
      var draft = draft
      if used.contains(draft.name) {
        draft.name = row.keys.flatMap(NameParts.words).joined(separator: "_")
        if draft.name.isEmpty { draft.name = "value" }
        if draft.name.first?.isNumber == true { draft.name = "value_\(draft.name)" }
      }
      let dimension = draft.unit.flatMap { units[$0]?.dimension } ?? "state"
      if let other = dimensions[draft.name], other != dimension {
        draft.guesses.append("'\(draft.name)' is a \(other) in other profiles")
        draft.name += "_" + NameParts.words(of: dimension).joined(separator: "_")
      }
      var number = 2
      let base = draft.name
      while used.contains(draft.name) || dimensions[draft.name].map({ $0 != dimension }) == true {
        draft.name = "\(base)_\(number)"
        number += 1
      }
      used.insert(draft.name)
      return draft
    }
  }
}

extension NumberText {
  /// What stands behind the number in a text.
  static func unitText(of text: String) -> String {
    let rest = text.drop { $0.isNumber || "+-., ".contains($0) }
    return String(rest.reversed().drop { $0 == " " }.reversed())
  }
}
