import Foundation
import StrictYAML
import Telemetry

/// What is wrong with a question, and how to put it right.
public struct QueryError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
  /// What is asked for by its name is not there.
  public let isNotFound: Bool

  public init(_ description: String, isNotFound: Bool = false) {
    self.description = description
    self.isNotFound = isNotFound
  }
}

/// The parameters of a question, the same in a URL and on the command line: names with values, some of them repeated.
public struct QueryParameters: Sendable {
  /// In the order in which they were given.
  public let pairs: [(name: String, value: String)]

  public init(_ pairs: [(name: String, value: String)]) {
    self.pairs = pairs
  }

  /// Refuses names that the question does not know; `tag.` with any name is known where `tag.*` is.
  func requireKnown(_ parameters: [Parameter]) throws(QueryError) {
    let known = parameters.map(\.name)
    for (name, _) in pairs where !known.contains(name) {
      if known.contains(Parameter.anyTag), Self.tag(name) != nil { continue }
      throw QueryError("unknown parameter '\(name)'\(nearestHint(to: name, among: known))")
    }
  }

  func all(_ name: String) -> [String] {
    pairs.filter { $0.name == name }.map(\.value)
  }

  /// The value of a parameter that may stand once.
  func one(_ name: String) throws(QueryError) -> String? {
    let values = all(name)
    guard values.count <= 1 else { throw QueryError("'\(name)' stands \(values.count) times; once is enough") }
    return values.first
  }

  /// With one value of a parameter in place of those that it has.
  func with(_ name: String, _ value: String) -> QueryParameters {
    QueryParameters(pairs.filter { $0.name != name } + [(name, value)])
  }

  /// Nothing is said of pages.
  var isWithoutPages: Bool { !pairs.contains { ["limit", "cursor"].contains($0.name) } }

  /// The words of a parameter that are parted by commas or by repeating it.
  func words(_ name: String) -> [String] {
    all(name).flatMap { $0.split(separator: ",").map(String.init) }
  }

  /// `tag.<name>=<value>`
  var tagFilters: [(name: String, value: String)] {
    pairs.compactMap { pair in Self.tag(pair.name).map { ($0, pair.value) } }
  }

  /// The name behind `tag.`, by bytes: a mark that combines with the dot belongs to the name. Nil for other parameters.
  private static func tag(_ name: String) -> String? {
    let prefix = Array("tag.".utf8)
    guard name.utf8.starts(with: prefix), name.utf8.count > prefix.count else { return nil }
    return String(decoding: name.utf8.dropFirst(prefix.count), as: UTF8.self)
  }

  func time(_ name: String, now: Timestamp, zone: TimeZone) throws(QueryError) -> Timestamp? {
    guard let text = try one(name) else { return nil }
    guard let moment = QueryTime.parse(text, now: now, zone: zone) else {
      throw QueryError("\(name)='\(text)' is no time: expected \(QueryTime.expectation)")
    }
    return moment
  }

  func count(_ name: String, in range: ClosedRange<Int>) throws(QueryError) -> Int? {
    guard let text = try one(name) else { return nil }
    guard let count = Int(text), range.contains(count) else {
      throw QueryError("\(name)='\(text)' is not from \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }

  func format() throws(QueryError) -> AnswerFormat {
    // A language is for spreadsheets.
    guard let word = try one("format") else { return try one("lang") == nil ? .json : .csv }
    guard let format = AnswerFormat(rawValue: word) else {
      throw QueryError("format='\(word)' is none of \(AnswerFormat.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return format
  }
}
