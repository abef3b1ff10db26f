import Foundation
import Storage
import Telemetry

/// What a stream tells: `GET /api/v1/stream`.
struct StreamQuery {
  enum Content: String, CaseIterable, Codable, Sendable {
    case readings, aggregates, alerts
  }

  static let parameters =
    [
      Parameter(
        "events", .word(of: Content.allCases.map(\.rawValue), isList: true), "what is told, parted by commas",
        standard: Content.readings.rawValue),
      Parameter(
        "metric", .names,
        "names of metrics, parted by commas; aggregates need one, of readings and alerts all are told without",
        mayRepeat: true),
    ] + Parameter.devices + [Parameter.tags] + AlertFilter.parameters + forAggregates

  /// Those that say how aggregates are made, as the question for them has them.
  private static let forAggregates = AggregatesQuery.parameters.filter {
    ["window", "group_by", "fn"].contains($0.name)
  }

  static let lastEventID = Parameter(
    "Last-Event-ID", .text, "the id of the last event that came: the stream goes on behind it")

  let contents: Set<Content>
  let parameters: QueryParameters
  let zone: TimeZone

  /// - Throws: `QueryError`.
  init(_ parameters: QueryParameters, zone: TimeZone) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    self.parameters = parameters
    self.zone = zone
    var contents: Set<Content> = []
    for word in parameters.words("events") {
      guard let content = Content(rawValue: word) else {
        throw QueryError("events='\(word)' is none of \(Content.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      contents.insert(content)
    }
    self.contents = contents.isEmpty ? [.readings] : contents
    if self.contents.contains(.aggregates) {
      _ = try aggregates(in: 0..<1, now: Timestamp(seconds: 1))
    } else {
      try refuse(Self.forAggregates, for: .aggregates)
    }
    if self.contents.contains(.alerts) {
      _ = try AlertFilter(parameters)
    } else {
      try refuse(AlertFilter.parameters, for: .alerts)
    }
  }

  private func refuse(_ others: [Parameter], for content: Content) throws(QueryError) {
    guard let name = others.map(\.name).first(where: { !parameters.all($0).isEmpty }) else { return }
    let word = content.rawValue
    throw QueryError("'\(name)' is for \(word); tell them with events=\(word) or events=readings,\(word)")
  }

  private static let notForAggregates = ["events"] + AlertFilter.parameters.map(\.name)

  /// The question for the windows that lie in a span.
  ///
  /// - Parameter span: seconds since 1970.
  func aggregates(in span: Range<Int64>, now: Timestamp) throws(QueryError) -> AggregatesQuery {
    let pairs =
      parameters.pairs.filter { !Self.notForAggregates.contains($0.name) } + [
        (name: "from", value: "\(span.lowerBound)"), (name: "to", value: "\(span.upperBound)"),
        (name: "limit", value: "\(AggregatesQuery.pointsInAll)"),
      ]
    return try AggregatesQuery(QueryParameters(pairs), zone: zone, now: now)
  }
}
