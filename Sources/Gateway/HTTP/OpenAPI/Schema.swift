/// A JSON Schema of a value in an answer.
///
/// Source: JSON Schema 2020-12, as OpenAPI 3.1 takes it.
struct Schema {
  let value: AnswerValue

  private init(_ value: AnswerValue) {
    self.value = value
  }

  static let text = Schema(["type": "string"])
  static let boolean = Schema(["type": "boolean"])
  static let integer = Schema(["type": "integer"])
  static let number = Schema(["type": "number"])
  /// RFC 3339.
  static let time = Schema(["type": "string", "format": "date-time"])
  static let any = Schema([:])

  static func word(of words: [String]) -> Schema { Schema(["type": "string", "enum": .list(words.map { .text($0) })]) }

  static func list(of item: Schema) -> Schema { Schema(["type": "array", "items": item.value]) }

  /// Names that nobody knows before, each with such a value.
  static func map(to item: Schema) -> Schema { Schema(["type": "object", "additionalProperties": item.value]) }

  /// One of `components/schemas`.
  static func named(_ name: String) -> Schema { Schema(["$ref": .text("#/components/schemas/\(name)")]) }

  /// One of both.
  static func either(_ first: Schema, _ second: Schema) -> Schema { Schema(["anyOf": [first.value, second.value]]) }

  /// The fields of one, and those of another.
  static func both(_ first: Schema, _ second: Schema) -> Schema { Schema(["allOf": [first.value, second.value]]) }

  /// It, or null.
  var orNull: Schema { Schema(["anyOf": [value, ["type": "null"]]]) }

  func described(_ meaning: String) -> Schema {
    guard case .object(var fields) = value else { return self }
    fields["description"] = .text(meaning)
    return Schema(.object(fields))
  }

  /// An object. Fields that are not known may come with a later version.
  ///
  /// - Parameters:
  ///   - fields: that are always there.
  ///   - optional: that may be missing.
  static func object(_ fields: [String: Schema], optional: [String: Schema] = [:]) -> Schema {
    let all = fields.merging(optional) { first, _ in first }
    return Schema([
      "type": "object", "properties": .object(all.mapValues(\.value)),
      "required": .list(fields.keys.sorted().map { .text($0) }),
    ])
  }
}
