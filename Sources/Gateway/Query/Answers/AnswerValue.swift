import DeviceCatalog
import Foundation

/// A value in an answer.
enum AnswerValue: Equatable, Codable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([AnswerValue])
  case object([String: AnswerValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let values = try? container.decode([AnswerValue].self) {
      self = .list(values)
    } else {
      self = .object(try container.decode([String: AnswerValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }

  /// As it stands in a CSV cell: null as nothing, numbers, lists and objects as JSON writes them.
  var csvText: String {
    switch self {
    case .null: ""
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): Number(value).text
    case .text(let value): value
    case .list, .object: (try? Answer.json(self)).map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? ""
    }
  }
}

extension AnswerValue {
  init(_ text: String?) {
    self = text.map { .text($0) } ?? .null
  }

  /// Null for what no JSON can say.
  init(_ number: Double?) {
    self = number.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
  }
}

extension AnswerValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral text: String) { self = .text(text) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(arrayLiteral values: AnswerValue...) { self = .list(values) }
  init(dictionaryLiteral entries: (String, AnswerValue)...) { self = .object(Dictionary(entries) { $1 }) }
}
