import ArgumentParser
import Foundation

/// What `bench query` asks.
enum QueryQuestion: String, CaseIterable, ExpressibleByArgument, Encodable {
  case deviceMinutes = "device-minutes"
  case deviceHours = "device-hours"
  case totals
  case totalsNow = "totals-now"
  case district
  case latest

  /// What clients ask in turn.
  static let mix: [QueryQuestion] = [.deviceMinutes, .totals, .latest]

  var title: String {
    switch self {
    case .deviceMinutes: "last 24 h of one device, minutes"
    case .deviceHours: "last 24 h of one device, hours"
    case .totals: "hourly totals by district, 24 whole hours"
    case .totalsNow: "hourly totals by district, last 24 h until now"
    case .district: "hourly totals of one district, 24 whole hours"
    case .latest: "latest of all devices"
    }
  }

  /// What the 99th percentile is to be, in milliseconds, with 10,000 devices; nil where nobody has said.
  var target: Double? {
    switch self {
    case .deviceMinutes: 5
    case .totals: 60
    case .latest: 30
    case .deviceHours, .totalsNow, .district: nil
    }
  }

  /// - Parameter number: of the question; each is of another device or district.
  func path(_ number: Int, of store: QueryStore) -> String {
    let device = "device-\(number % store.everyMinute)"
    let metric = "metric=\(QueryStore.metric)"
    let day = "from=\(store.day.lowerBound)&to=\(store.day.upperBound)"
    return switch self {
    case .deviceMinutes: "/api/v1/aggregates?\(metric)&window=1m&from=-24h&device=\(device)"
    case .deviceHours: "/api/v1/aggregates?\(metric)&window=1h&from=-24h&device=\(device)"
    case .totals: "/api/v1/aggregates?\(metric)&window=1h&\(day)&group_by=district&fn=sum"
    case .totalsNow: "/api/v1/aggregates?\(metric)&window=1h&from=-24h&group_by=district&fn=sum"
    case .district:
      "/api/v1/aggregates?\(metric)&window=1h&\(day)&group_by=district&fn=sum"
        + "&tag.district=district-\(number % StoreFeed.districts)"
    case .latest: "/api/v1/latest?\(metric)&limit=\(max(10_000, store.devices))"
    }
  }

  // MARK: Answers

  /// What stands once in each row of an answer.
  private var mark: String { self == .latest ? #""received_at":"# : #""start":"# }

  /// How many rows an answer is to have.
  ///
  /// - Parameter isDense: each device speaks in each minute.
  private func rows(of store: QueryStore, isDense: Bool) -> ClosedRange<Int> {
    switch self {
    // The minute that has just begun may have nothing yet.
    case .deviceMinutes: (isDense ? 1440 : 1)...1441
    case .deviceHours: 24...25
    case .totals: 24 * StoreFeed.districts...24 * StoreFeed.districts
    case .totalsNow: 24 * StoreFeed.districts...25 * StoreFeed.districts
    case .district: 24...24
    case .latest: store.devices...store.devices
    }
  }

  /// Counts the rows of an answer.
  ///
  /// - Throws: where it has too few or too many, or other totals than what was stored.
  func check(_ body: UnsafeRawBufferPointer, of store: QueryStore, isDense: Bool) throws -> Int {
    let count = count(in: body)
    let expected = rows(of: store, isDense: isDense)
    guard expected.contains(count) else {
      throw LeanClient.Failure(description: "\(rawValue): \(count) rows, not \(expected)")
    }
    if self == .totals {
      let answer = try JSONDecoder().decode(Totals.self, from: Data(body))
      let total = answer.series.flatMap(\.points).reduce(0) { $0 + $1.sum }
      guard abs(total - store.total) <= 1e-9 * abs(store.total) else {
        throw LeanClient.Failure(description: "the totals come to \(total), stored were \(store.total)")
      }
    }
    return count
  }

  private func count(in body: UnsafeRawBufferPointer) -> Int {
    let mark = Array(mark.utf8)
    var count = 0
    var place = 0
    while let end = body.end(of: mark, from: place) { (place, count) = (end, count + 1) }
    return count
  }

  private struct Totals: Decodable {
    struct Series: Decodable {
      struct Point: Decodable { let sum: Double }
      let points: [Point]
    }
    let series: [Series]
  }
}
