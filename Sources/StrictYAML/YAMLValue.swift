import Yams

/// A YAML value that knows its place, so that whatever is wrong with it can be said with file, line, column and key.
///
/// Readers ask for what they need (`string()`, `integer(in:)`, `mapping(known:)`) and get it or a `YAMLError`.
public struct YAMLValue {
  /// The file's name as the user knows it.
  public let file: String
  /// The keys that lead here, joined by dots; empty at the root.
  public let path: String
  let node: Node

  /// Parses one document. An empty text is an empty mapping.
  public static func parse(_ text: String, file: String) throws(YAMLError) -> YAMLValue {
    do {
      let node = try Yams.compose(yaml: text) ?? Node([(Node, Node)]())
      return YAMLValue(file: file, path: "", node: node)
    } catch let error as Yams.YamlError {
      throw YAMLError(syntax: error, in: text, file: file)
    } catch {
      throw YAMLError(file: file, line: 1, column: 1, path: "", message: "\(error)")
    }
  }

  /// An error about this value.
  public func error(_ message: String) -> YAMLError {
    YAMLError(file: file, line: line, column: column, path: path, message: message)
  }

  /// The line in the file, from 1.
  public var line: Int { node.mark?.line ?? 1 }

  /// The column in its line, from 1.
  public var column: Int { node.mark?.column ?? 1 }

  /// True for `null`, `~` and an empty value.
  public var isNull: Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// The text of a scalar as it is written, whatever its type.
  public func string() throws(YAMLError) -> String {
    guard case .scalar(let scalar) = node else {
      throw error("expected a text; one with [ ] or { } in it stands in quotes")
    }
    guard !isNull else { throw error("expected a text") }
    return scalar.string
  }

  /// A text that is one of a few words.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(YAMLError) -> Choice where Choice.RawValue == String {
    let word = try string()
    if let choice = Choice(rawValue: word) { return choice }
    let all = Choice.allCases.map(\.rawValue)
    throw error("'\(word)' is none of \(all.joined(separator: ", "))\(nearestHint(to: word, among: all))")
  }

  /// A whole number within a range.
  public func integer(in range: ClosedRange<Int>) throws(YAMLError) -> Int {
    guard case .scalar(let scalar) = node, let value = Int(scalar.string) else {
      throw error("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    guard range.contains(value) else {
      throw error("\(value) is outside \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// `true` or `false`.
  public func boolean() throws(YAMLError) -> Bool {
    switch try string() {
    case "true": true
    case "false": false
    default: throw error("expected true or false")
    }
  }

  /// A finite number.
  public func number() throws(YAMLError) -> Double {
    guard case .scalar(let scalar) = node, let value = Double(scalar.string), value.isFinite else {
      throw error("expected a number")
    }
    return value
  }

  /// The items of a sequence.
  public func items() throws(YAMLError) -> [YAMLValue] {
    guard case .sequence(let sequence) = node else { throw error("expected a list") }
    return sequence.enumerated().map { YAMLValue(file: file, path: "\(path)[\($0.offset)]", node: $0.element) }
  }

  /// The entries of a mapping with free keys, in the order of the file.
  public func entries() throws(YAMLError) -> [(key: YAMLValue, value: YAMLValue)] {
    guard case .mapping(let mapping) = node else { throw error("expected keys with values") }
    return mapping.map { key, value in
      let name = path.isEmpty ? (key.string ?? "?") : "\(path).\(key.string ?? "?")"
      return (YAMLValue(file: file, path: name, node: key), YAMLValue(file: file, path: name, node: value))
    }
  }

  /// A mapping whose keys are all among `known`; any other is an error that names the nearest.
  public func mapping(known: [String]) throws(YAMLError) -> YAMLMapping {
    var values: [String: YAMLValue] = [:]
    for (key, value) in try entries() {
      let name = try key.string()
      guard known.contains(name) else {
        throw key.error("unknown key '\(name)'\(nearestHint(to: name, among: known))")
      }
      values[name] = value
    }
    return YAMLMapping(whole: self, values: values)
  }
}

/// A mapping whose keys have been checked.
public struct YAMLMapping {
  /// The mapping as a value, for errors about the whole.
  public let whole: YAMLValue
  let values: [String: YAMLValue]

  /// The value of a key; nil where the key is absent or its value null.
  public subscript(key: String) -> YAMLValue? {
    values[key].flatMap { $0.isNull ? nil : $0 }
  }

  /// The value of a key that must be there.
  public func required(_ key: String) throws(YAMLError) -> YAMLValue {
    guard let value = self[key] else { throw whole.error("the key '\(key)' is missing") }
    return value
  }
}
