import StrictYAML
import Telemetry

/// Reads where things stand in a payload.
struct PlaceReader {
  /// A place is `/name`, and no more: slashes behind it are part of the name.
  let isFlat: Bool
  /// They stand in bytes that a message holds.
  var isInBytes = false
  /// Numbers have units of their own.
  var hasUnits = false

  // MARK: Paths

  /// One place.
  func place(_ value: YAMLValue) throws(YAMLError) -> ValuePath {
    let path = try path(value)
    guard path.keys != nil else { throw value.error("'\(path.text)' is many places; one is wanted here, without '*'") }
    return path
  }

  /// One place, or several of which the first counts at which anything stands.
  func places(_ value: YAMLValue) throws(YAMLError) -> [ValuePath] {
    try PlaceReader.each(value) { item throws(YAMLError) in try place(item) }
  }

  /// The same, where a place may be many; then all are.
  func alternatives(_ value: YAMLValue) throws(YAMLError) -> [ValuePath] {
    let paths = try PlaceReader.each(value) { item throws(YAMLError) in try path(item) }
    for path in paths where path.keys == nil && path.levelsUp > 0 {
      throw value.error("'\(path.text)' goes up and is many places; only one of both works")
    }
    // A walk finds one place as well as many.
    if paths.contains(where: { $0.keys == nil }), let up = paths.first(where: { $0.levelsUp > 0 }) {
      throw value.error("'\(up.text)' goes up; beside a place with '*' that does not work")
    }
    return paths
  }

  /// What is counted: many places.
  func counted(_ value: YAMLValue) throws(YAMLError) -> ValuePath {
    let path = try path(value)
    guard path.keys == nil, path.levelsUp == 0 else {
      throw value.error("'\(path.text)' is one place; what is counted ends with '*', such as /errors/*")
    }
    return path
  }

  func records(_ value: YAMLValue) throws(YAMLError) -> [ValuePath] {
    if isFlat { throw value.error("this payload format has its own records; 'records' is for JSON") }
    return try PlaceReader.each(value) { item throws(YAMLError) in
      let path = try path(item, allowsNames: true)
      guard path.levelsUp == 0 else { throw item.error("'\(path.text)' goes up, and nothing is above the payload") }
      return path
    }
  }

  /// A field by its name.
  func field(named name: String, _ value: YAMLValue) throws(YAMLError) -> ValuePath {
    let escaped = name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
    let text = "/" + escaped.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    do { return try ValuePath(text) } catch { throw value.error(error.message) }
  }

  /// A path that is one name.
  private func name(_ path: ValuePath, _ value: YAMLValue) throws(YAMLError) -> ValuePath {
    guard path.isPlain, let keys = path.keys, !keys.isEmpty else {
      throw value.error("'\(path.text)': this payload format has named values; a place is one name, such as /flow")
    }
    return keys.count == 1 ? path : try field(named: keys.joined(separator: "/"), value)
  }

  private func path(_ value: YAMLValue, allowsNames: Bool = false) throws(YAMLError) -> ValuePath {
    let path: ValuePath
    let text = try value.string()
    do { path = try ValuePath(text, allowsNames: allowsNames) } catch { throw value.error(error.message) }
    return isFlat ? try name(path, value) : path
  }

  /// The items of a list, or the one value that stands in its place.
  private static func each<Item>(
    _ value: YAMLValue, _ read: (YAMLValue) throws(YAMLError) -> Item
  ) throws(YAMLError) -> [Item] {
    guard let items = try? value.items() else { return [try read(value)] }
    guard !items.isEmpty else { throw value.error("expected at least one") }
    return try items.map(throwing: read)
  }

  static func texts(_ value: YAMLValue) throws(YAMLError) -> [String] {
    try each(value) { item throws(YAMLError) in try item.string() }
  }

  // MARK: What stands there

  /// A text with {names} of topic levels, of keys on the way to the record and {/places}; or one place, or a list of
  /// places.
  func field(_ value: YAMLValue, captures: Set<String>, keys: Set<String>) throws(YAMLError) -> FieldSource {
    if (try? value.items()) != nil { return FieldSource(parts: [.payload(try places(value))]) }
    let text = try value.string()
    if ValuePath.begins(text) { return FieldSource(parts: [.payload([try place(value)])]) }
    var parts: [FieldSource.Part] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { throw value.error("'\(text)' has a '{' without '}'") }
      let name = String(rest[rest.index(after: open)..<close])
      if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
      parts.append(try part(name, value, captures: captures, keys: keys))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { parts.append(.literal(String(rest))) }
    guard !parts.isEmpty else { throw value.error("expected a text with {names} of topic levels, or a JSON pointer") }
    return FieldSource(parts: parts)
  }

  private func part(
    _ name: String, _ value: YAMLValue, captures: Set<String>, keys: Set<String>
  ) throws(YAMLError) -> FieldSource.Part {
    if ValuePath.begins(name) {
      let path: ValuePath
      do { path = try ValuePath(name) } catch { throw value.error(error.message) }
      guard path.keys != nil else { throw value.error("'\(name)' is not one place of this payload format") }
      return .payload([isFlat ? try self.name(path, value) : path])
    }
    if keys.contains(name) { return .key(name) }
    guard captures.contains(name) else {
      throw value.error(
        "no topic level '{\(name)}' in every topic of this profile\(nearestHint(to: name, among: captures.union(keys).sorted()))"
      )
    }
    return .topic(name)
  }

  func time(_ value: YAMLValue) throws(YAMLError) -> TimeSource {
    let time = try value.mapping(known: ["at", "as", "else"])
    let at = try places(time.required("at"))
    if let other = time["else"], try other.string() != "receipt" {
      throw other.error("expected receipt: the time of receipt counts where no time stands there")
    }
    return TimeSource(
      at: at, format: try time.required("as").choice(TimeFormat.self), allowsReceipt: time["else"] != nil)
  }

  /// Of one metric.
  func metricTime(_ value: YAMLValue) throws(YAMLError) -> TimeSource {
    if isInBytes {
      throw value.error("in bytes a record's values have one time: that of the message, or their own")
    }
    return try time(value)
  }

  /// Where the unit of one metric stands.
  func metricUnit(_ value: YAMLValue) throws(YAMLError) -> [ValuePath] {
    if isInBytes { throw value.error("bytes hold numbers in the unit of their layout or format; say it with 'unit'") }
    return try places(value)
  }

  func identity(_ value: YAMLValue, hasTime: Bool) throws(YAMLError) -> Identity {
    switch try value.string() {
    case "none": return .none
    case "time":
      guard hasTime else { throw value.error("without 'time:' no two readings have the same time; use none") }
      return .time
    case let text where ValuePath.begins(text): return .message(try place(value))
    default: throw value.error("expected time, none, or the place of a message id, such as /msgId")
    }
  }

  /// Places, and what has to stand there: a text, a list of texts of which one does, or `*` for anything.
  func conditions(_ value: YAMLValue) throws(YAMLError) -> [Condition] {
    let conditions = try value.entries().map { entry throws(YAMLError) in
      let path = try place(entry.key)
      guard path.isPlain else { throw entry.key.error("'\(path.text)' goes up; a condition is below") }
      let texts = try PlaceReader.texts(entry.value)
      return Condition(at: path, values: texts == ["*"] ? nil : texts)
    }
    guard !conditions.isEmpty else { throw value.error("expected places and what has to stand there") }
    return conditions
  }

  func named(_ value: YAMLValue) throws(YAMLError) -> [NamedValues] {
    if isFlat { throw value.error("this payload format has named values already; metrics find them by their names") }
    return try PlaceReader.each(value) { item throws(YAMLError) in
      let entry = try item.mapping(known: ["each", "name", "at", "error", "time"])
      let each = try path(entry.required("each"), allowsNames: true)
      guard each.levelsUp == 0 else { throw item.error("'\(each.text)' goes up; values stand below the record") }
      return NamedValues(
        each: each, name: try valueName(entry, item, each),
        at: try entry["at"].map(below) ?? [.here],
        error: try entry["error"].map(below)?.first,
        time: try entry["time"].map(ownTime))
    }
  }

  private func valueName(_ entry: YAMLMapping, _ item: YAMLValue, _ each: ValuePath) throws(YAMLError)
    -> NamedValues.Name
  {
    guard let name = entry["name"] else {
      guard each.names.count == 1 else {
        throw item.error("expected 'name', or one {name} in 'each', such as /values/{name}")
      }
      return .key(0)
    }
    let text = try name.string()
    if let index = each.names.firstIndex(where: { "{\($0)}" == text }) { return .key(index) }
    return .value(try below(name)[0])
  }

  private func below(_ value: YAMLValue) throws(YAMLError) -> [ValuePath] {
    let paths = try places(value)
    if let up = paths.first(where: { !$0.isPlain }) {
      throw value.error("'\(up.text)' goes up; expected a place below")
    }
    return paths
  }

  private func ownTime(_ value: YAMLValue) throws(YAMLError) -> TimeSource {
    let time = try time(value)
    if let up = time.at.first(where: { !$0.isPlain }) {
      throw value.error("'\(up.text)' goes up; expected a place below")
    }
    return time
  }
}
