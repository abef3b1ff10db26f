import DeviceCatalog
import Foundation

/// A value in an answer.
enum AnswerValue: Equatable, Encodable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case object([String: AnswerValue])

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .object(let values): try container.encode(values)
    }
  }

  /// As it stands in a CSV cell: null as nothing, numbers and objects as JSON writes them.
  var csvText: String {
    switch self {
    case .null: ""
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): Number(value).text
    case .text(let value): value
    case .object(let values): (try? Answer.json(values)).map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? ""
    }
  }
}

extension AnswerValue {
  init(_ text: String?) {
    self = text.map { .text($0) } ?? .null
  }

  init(_ number: Double?) {
    self = number.map { .number($0) } ?? .null
  }
}
