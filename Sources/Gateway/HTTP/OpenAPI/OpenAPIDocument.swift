import Foundation
import Telemetry

/// `/openapi.json`, made from the same declarations that the gateway answers by.
///
/// Source: OpenAPI Specification 3.1.
enum OpenAPIDocument {
  /// As it is answered; the same for as long as the process runs.
  static let body = (try? Answer.json(value)) ?? Data()

  static var value: AnswerValue {
    [
      "openapi": "3.1.0",
      "info": [
        "title": "Ganglion",
        "version": "1",
        "description": "What a gateway between a city's sensors and its neural hub has heard, and what became of it.",
      ],
      "tags": .list(EndpointDeclaration.Topic.allCases.map { ["name": .text($0.rawValue)] }),
      "paths": .object(paths),
      "components": [
        "schemas": .object(AnswerSchemas.all.mapValues(\.value)),
        "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
      ],
    ]
  }

  private static var paths: [String: AnswerValue] {
    let byPath = Dictionary(grouping: Endpoint.allCases) { $0.declaration.path }
    return byPath.mapValues { endpoints in
      .object(endpoints.reduce(into: [:]) { $0[$1.declaration.method.rawValue] = operation($1) })
    }
  }

  private static func operation(_ endpoint: Endpoint) -> AnswerValue {
    let declaration = endpoint.declaration
    var operation: [String: AnswerValue] = [
      "operationId": .text("\(endpoint)"), "summary": .text(declaration.summary),
      "tags": [.text(declaration.topic.rawValue)],
      "parameters": .list(
        declaration.words.map { word in
          [
            "name": .text(word.name), "in": "path", "required": true, "description": .text(word.meaning),
            "schema": word.form.schema,
          ]
        } + declaration.parameters.map(\.openAPI)
          + declaration.headers.map { header in
            [
              "name": .text(header.name), "in": "header", "required": false, "description": .text(header.meaning),
              "schema": header.form.schema,
            ]
          }),
      "responses": .object(responses(declaration)),
    ]
    if declaration.reach != .nothing {
      operation["security"] = [["token": []], [:]]
      operation["x-role"] = .text(declaration.role.rawValue)
    }
    return .object(operation)
  }

  private static func responses(_ declaration: EndpointDeclaration) -> [String: AnswerValue] {
    var responses: [String: AnswerValue] = [
      "200": ["description": "The answer", "content": .object(content(declaration))]
    ]
    for (status, meaning) in refusals(declaration) {
      responses["\(status)"] = [
        "description": .text(meaning),
        "content": .object([Problem.mediaType: ["schema": Schema.named("Problem").value]]),
      ]
    }
    if let meaning = declaration.unavailable {
      responses["503"] = ["description": .text(meaning), "content": .object(content(declaration))]
    }
    return responses
  }

  private static func content(_ declaration: EndpointDeclaration) -> [String: AnswerValue] {
    declaration.mediaTypes.reduce(into: [:]) { content, type in
      let schema = declaration.schema.map(Schema.named)
      content[type] = ["schema": type == "application/json" ? schema?.value ?? [:] : Schema.text.value]
    }
  }

  private static func refusals(_ declaration: EndpointDeclaration) -> [(Int, String)] {
    var refusals = [
      (400, "the request is wrong: what, and how to put it right"),
      (421, "the gateway is not called so"),
    ]
    if declaration.reach != .nothing {
      refusals += [
        (401, "a token is needed, or the one that was shown is none"),
        (403, "the token may not"), (429, "the token asks too often"),
        (503, "the store cannot be read now"),
      ]
    }
    return refusals + declaration.refusals
  }
}

extension Parameter {
  /// As OpenAPI has it. Tags are an object whose every property is a parameter of its own.
  fileprivate var openAPI: AnswerValue {
    let isTags = name == Self.anyTag
    var fields: [String: AnswerValue] = [
      "name": .text(isTags ? "tags" : name), "in": "query", "required": .bool(isNeeded),
      "description": .text(standard.map { "\(meaning) (default: \($0))" } ?? meaning),
      "schema": schema,
    ]
    if isTags || mayRepeat { fields["style"] = "form" }
    if isTags || mayRepeat { fields["explode"] = true }
    return .object(fields)
  }

  private var schema: AnswerValue {
    if name == Self.anyTag { return ["type": "object", "propertyNames": ["pattern": "^tag\\..+$"]] }
    return mayRepeat ? ["type": "array", "items": form.schema, "minItems": isNeeded ? 1 : 0] : form.schema
  }
}

extension Parameter.Form {
  fileprivate var schema: AnswerValue {
    switch self {
    case .text: ["type": "string"]
    case .id: ["type": "integer", "minimum": 0, "maximum": .integer(.max)]
    case .topicFilter:
      [
        "type": "string",
        "pattern":
          "^(#|(\\+|[^/+#\\x00]+)(/(\\+|[^/+#\\x00]*))*(/#)?|(/(\\+|[^/+#\\x00]*))+(/#)?)$",
      ]
    case .cursor: ["type": "string"]
    case .word(let words, let isList) where isList:
      ["type": "string", "pattern": .text(Self.list(of: "(\(words.joined(separator: "|")))"))]
    case .word(let words, _): ["type": "string", "enum": .list(words.map { .text($0) })]
    case .names: ["type": "string"]
    case .count(let range):
      ["type": "integer", "minimum": .integer(Int64(range.lowerBound)), "maximum": .integer(Int64(range.upperBound))]
    case .ids: ["type": "string", "pattern": .text(Self.list(of: "[0-9]{1,18}"))]
    case .time:
      [
        "anyOf": [
          ["type": "string", "format": "date-time"], ["type": "string", "format": "date"],
          ["type": "string", "enum": .list((["now"] + QueryTime.dayWords).map { .text($0) })],
          ["type": "string", "pattern": "^-[1-9][0-9]{0,4}(ms|s|m|h|d)$"],
          ["type": "integer", "minimum": -62_135_596_800, "maximum": 253_402_300_799],
        ]
      ]
    case .offset: ["type": "string", "pattern": "^-[1-9][0-9]{0,5}(m|h|d|w|mo|y)$"]
    case .order: ["type": "string", "enum": .list(GroupRanking.words.flatMap { [.text($0), .text("-\($0)")] })]
    case .window(let isStored):
      ["type": "string", "enum": .list((isStored ? WindowGrid.stored : WindowGrid.usual).map { .text($0) })]
    }
  }

  private static func list(of word: String) -> String { "^,*(\(word)(,+\(word))*,*)?$" }
}
