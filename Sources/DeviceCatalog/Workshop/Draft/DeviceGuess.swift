import Telemetry

/// The place of a payload that names its device, and whether it goes before the topic.
struct DeviceGuess {
  /// Nil where no place looks like one.
  let row: SampleTable.Row?
  /// It tells more devices apart than the topic does, by which they would be one.
  let outnumbersTopic: Bool

  /// - Parameters:
  ///   - model: the built-in profile of the same format, which knows the place; nil where there is none.
  ///   - topicDevices: how many devices the topics tell apart; nil where it is settled already who names them.
  init(_ table: SampleTable, _ model: Profile?, topicDevices: Int?) {
    let known = DeviceGuess.known(table, model)
    let named = known.map { [$0] } ?? DeviceGuess.named(table)
    let certain = known.map { [$0] } ?? named.filter { DeviceGuess.deviceNames.contains(DeviceGuess.name(of: $0)) }
    let outnumbering = topicDevices.flatMap { count -> SampleTable.Row? in
      let candidates = certain.isEmpty ? named + DeviceGuess.others(table, named, topicDevices: count) : certain
      return candidates.first { row in
        row.values.count == table.recordCount && row.distinctWords > count && TimeGuess.format(row) == nil
          && !DeviceGuess.isNumbering(row, table, isCertain: !certain.isEmpty)
      }
    }
    row = outnumbering ?? named.first
    outnumbersTopic = outnumbering != nil
  }

  /// All samples are of one device, as far as the payload says it.
  var isOne: Bool { row.map { $0.distinctWords <= 1 } ?? true }

  // MARK: Places

  /// What is called so is the device.
  private static let deviceNames: [String] = [
    "deveui", "deviceid", "devid", "device", "sn", "serialnumber", "serialno", "serial", "imei",
  ]
  /// What is called so is one, where no place has a name of the others.
  private static let thingNames: [String] = [
    "stationid", "station", "meterid", "meterno", "meter", "machineid", "machine", "equipmentid", "equipment",
    "assetid", "asset", "mac", "mn", "host", "address", "id",
  ]

  private static func name(of row: SampleTable.Row) -> String { NameParts.words(of: row.keys.last ?? "").joined() }

  /// As the built-in profile has it.
  private static func known(_ table: SampleTable, _ model: Profile?) -> SampleTable.Row? {
    guard let model, model.payload.isFlat, case .payload(let paths)? = model.device.parts.first else { return nil }
    return table.rows.first { row in paths.contains { $0.keys == row.keys } }
  }

  /// By their names, the likeliest first.
  private static func named(_ table: SampleTable) -> [SampleTable.Row] {
    let names = deviceNames + thingNames
    let found = table.rows.enumerated().compactMap { index, row -> (rank: Int, index: Int, row: SampleTable.Row)? in
      guard let rank = names.firstIndex(of: name(of: row)), row.areWords else { return nil }
      return (rank + row.keys.count * 100, index, row)
    }
    return found.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.map { $0.row }
  }

  /// Places that hold ids of something, where no other names the device.
  private static func others(
    _ table: SampleTable, _ named: [SampleTable.Row], topicDevices: Int
  ) -> [SampleTable.Row] {
    let ids = table.rows.filter { row in
      let words = NameParts.words(of: row.keys.last ?? "")
      return words.count > 1 && (words.last == "id" || words.last == "eui") && row.areWords && !saysOther(row)
    }
    // Of several devices any text may be a part of each: only the ids of one topic are sure to be its devices'.
    guard named.isEmpty, ids.isEmpty, topicDevices <= 1 else { return ids }
    return table.rows.filter { $0.areIDs && !saysOther($0) && $0.areWords }
  }

  // MARK: What is none

  /// What comes and goes at a device, or is said of it.
  private static let passingNames: Set = [
    "batch", "lot", "order", "job", "task", "recipe", "product", "article", "item", "sku", "pallet", "parcel",
    "program", "programme", "operator", "user", "card", "shift", "code", "error", "err", "warning", "event", "reason",
    "type", "kind", "color", "colour", "message", "msg", "text", "description", "remark", "note", "request", "trace",
    "transaction", "session", "packet", "frame", "correlation", "gateway", "gw", "tenant", "app", "application",
    "customer", "project", "owner", "parent", "location", "position", "slot",
  ]

  private static func saysOther(_ row: SampleTable.Row) -> Bool {
    let words = NameParts.words(of: row.keys.last ?? "")
    return words.contains { passingNames.contains($0) || MetricGuesser.isTelling($0) }
      || DraftParts.saysOther(words)
  }

  /// It numbers messages, or the lines of a table: new in every one of many, and rising or long.
  private static func isNumbering(_ row: SampleTable.Row, _ table: SampleTable, isCertain: Bool) -> Bool {
    guard !table.isList, row.values.count >= 8, row.distinctWords == row.values.count else { return false }
    let numbers = row.numbers
    if numbers.count == row.values.count { return zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } }
    let name = name(of: row)
    return !isCertain && (name == "id" || !thingNames.contains(name)) && table.recordCount == table.messageCount
      && row.texts.allSatisfy { $0.count > 12 }
  }
}

extension SampleTable.Row {
  /// Each can name something.
  fileprivate var areWords: Bool { values.allSatisfy { $0.word.map(Identifier.isValid) == true } }

  fileprivate var distinctWords: Int { Set(values.compactMap(\.word)).count }

  /// Short texts with digits behind a letter: with digits first they may be quantities.
  fileprivate var areIDs: Bool {
    texts.count == values.count
      && texts.allSatisfy { $0.first?.isLetter == true && $0.count <= 64 && TopicGuess.looksLikeID($0) }
  }
}
