import Foundation

/// The ways an answer can be written.
enum AnswerFormat: String, CaseIterable, Sendable {
  case json, csv, ndjson

  var mediaType: String {
    switch self {
    case .json: "application/json"
    case .csv: "text/csv; charset=utf-8; header=present"
    case .ndjson: "application/x-ndjson"
    }
  }

  /// Without their parameters.
  static let mediaTypes = ["application/json", "text/csv", "application/x-ndjson"]
}

/// An answer that may have more pages.
protocol PagedAnswer {
  var next: String? { get }
}

extension AggregatesAnswer: PagedAnswer {}
extension LatestAnswer: PagedAnswer {}
extension DevicesAnswer: PagedAnswer {}

/// What is answered, or a part of it.
public struct Answer: Sendable {
  public let body: Data
  public let mediaType: String
  /// Where the next page begins; nil where there is none.
  public internal(set) var next: String?
  /// What the answer goes on with; nil where this is all.
  public internal(set) var rest: AnswerRest?
  /// All of it is of time that has passed: it changes only where late readings come.
  var isClosed = false

  private init(body: Data, mediaType: String, next: String?) {
    self.body = body
    self.mediaType = mediaType
    self.next = next
  }

  init(_ document: some Encodable) throws {
    self.init(body: try Self.json(document), mediaType: AnswerFormat.json.mediaType, next: nil)
  }

  /// - Parameter columns: of the parts before, where it goes on behind them.
  init(_ table: some TabularAnswer, _ writing: AnswerWriting, after columns: [String]? = nil) throws {
    let body =
      switch writing.format {
      case .json: try table.json()
      case .csv: table.csv(for: writing.spreadsheet, after: columns)
      case .ndjson: try table.ndjson()
      }
    self.init(body: body, mediaType: writing.format.mediaType, next: (table as? any PagedAnswer)?.next)
  }

  /// JSON with sorted keys and a newline at the end.
  public static func json(_ document: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(document) + Data("\n".utf8)
  }
}

/// How an answer is to be written.
struct AnswerWriting: Sendable {
  let format: AnswerFormat
  /// For whom CSV is; nil for programs.
  let spreadsheet: Spreadsheet?

  init(_ parameters: QueryParameters) throws(QueryError) {
    format = try parameters.format()
    spreadsheet = try parameters.one("lang").map { word throws(QueryError) in
      guard let spreadsheet = Spreadsheet(rawValue: word) else {
        throw QueryError("lang='\(word)' is none of \(Spreadsheet.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return spreadsheet
    }
  }
}
