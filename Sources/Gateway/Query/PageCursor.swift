import Foundation
import Telemetry

/// Where a page of an answer ended, and from where the next one goes on: behind the last row, in the order of the rows.
///
/// Rows that come meanwhile stand where they belong, in a page that is still to come or in none; no row comes twice.
struct PageCursor: Codable, Equatable {
  /// When the first page was asked for: times such as `-24h` and `now` mean the same in all of them. Microseconds.
  let now: Int64
  /// What the last row is ordered by.
  let key: [String?]

  init(_ now: Timestamp, key: [String?]) {
    self.now = now.microseconds
    self.key = key
  }

  /// Whether a key comes before another one, by bytes.
  static func isOrdered(_ left: [String?], _ right: [String?]) -> Bool {
    for (a, b) in zip(left, right) {
      let (a, b) = (a ?? "", b ?? "")
      if !a.utf8.elementsEqual(b.utf8) { return a.precedes(b) }
    }
    return false
  }

  static let leadsNowhere = QueryError(
    "the cursor leads to no page of this question; take what 'next' of the page before says", isNotFound: true)

  /// Base64 for URLs, of JSON.
  var text: String {
    let encoder = JSONEncoder()
    // The same page ends in the same bytes.
    encoder.outputFormatting = .sortedKeys
    let json = (try? encoder.encode(self)) ?? Data()
    return json.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Nil for what is none.
  init?(text: String) {
    var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard let json = Data(base64Encoded: base64), let cursor = try? JSONDecoder().decode(PageCursor.self, from: json),
      Timestamp.accepted.contains(Timestamp(microseconds: cursor.now))
    else { return nil }
    self = cursor
  }
}

extension QueryParameters {
  /// Where the page begins; nil for the first one.
  ///
  /// - Parameter keyCount: how many parts the question's rows are ordered by.
  func cursor(keyCount: Int) throws(QueryError) -> PageCursor? {
    guard let text = try one("cursor") else { return nil }
    guard let cursor = PageCursor(text: text), cursor.key.count == keyCount else {
      throw PageCursor.leadsNowhere
    }
    return cursor
  }

  /// When the first page was asked for; the moment itself for the first page.
  ///
  /// - Throws: `QueryError` for a cursor of a time that is to come, or of more than a day ago: it was made up, or is of
  ///   no use.
  func firstAsked(_ now: Timestamp) throws(QueryError) -> Timestamp {
    guard let text = try one("cursor"), let cursor = PageCursor(text: text) else { return now }
    let asked = Timestamp(microseconds: cursor.now)
    guard asked <= now + .seconds(60), now - .seconds(86400) <= asked else {
      throw QueryError("the cursor is too old, or of a time to come: ask for the first page again", isNotFound: true)
    }
    return asked
  }
}

extension String {
  /// The order of answers, by bytes: names that Swift takes for equal are two devices' all the same.
  func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Parameter {
  static func page(of what: String, standard: Int) -> [Parameter] {
    [
      Parameter("limit", .count(1...1_000_000), "\(what) of a page at most", standard: "\(standard)"),
      Parameter("cursor", .cursor, "the next page: what 'next' of the one before says, all else as it was"),
    ]
  }
}
