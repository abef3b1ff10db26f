import DeviceCatalog
import Foundation

/// A value in an answer.
enum AnswerValue: Equatable, Encodable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }

  /// As it stands in a CSV cell: null as nothing, numbers as JSON writes them.
  var csvText: String {
    switch self {
    case .null: ""
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): Number(value).text
    case .text(let value): value
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
