import DurableSQLite
import Foundation
import GRDB
import Gateway
import Storage
import Telemetry

/// `1h` by district over a day, of one metric of 2,000 devices and of all five, with ten million minutes in the store.
struct BenchStoredQuery {
  let runs: Int
  let minutes: Int

  private static let devices = 2000
  /// A day's midnight in Shanghai.
  private static let begin: Int64 = 1_763_654_400
  private static let minutesOfDay = 1440

  func run(in directory: String) throws -> [BenchFigure] {
    try fill(directory)
    let reader = try StoreReader(directory: directory, readers: 1)
    let one = try milliseconds { try ask(reader, metrics: "metric_0", functions: "sum,count,max") }
    let every = "metric_0,metric_1,metric_2,metric_3,metric_4"
    let all = try milliseconds { try ask(reader, metrics: every, functions: "count") }
    let standard = try milliseconds(runs: 3) { try ask(reader, metrics: every, functions: "") }
    let sql = try milliseconds(runs: 3) { try askPlainly(directory) }
    let rows = try reader.readNow { snapshot in
      var rows = 0
      try snapshot.forEachWindow(length: .minute, starts: .min ..< .max, sketch: false) { _, _ in rows += 1 }
      return rows
    }
    return [
      BenchFigure(name: "minutes in the store", value: Double(rows), decimals: 0),
      BenchFigure(name: "series", value: Double(Self.devices * StoreFeed.metrics), decimals: 0),
      BenchFigure(name: "1h by district, one metric of 2,000 devices, ms", value: one),
      BenchFigure(name: "1h by district, counts of all 10,000 series, ms", value: all),
      BenchFigure(name: "1h by district, the standard functions of all 10,000 series, ms", value: standard),
      BenchFigure(name: "plain SQL over the minutes, one metric, ms", value: sql),
      BenchFigure(name: "store.db, MB", value: Double(try size(directory)) / 1e6),
    ]
  }

  /// Each device in so many of the day's minutes that they come to the number asked for.
  private func fill(_ directory: String) throws {
    let feed = try StoreFeed(directory: directory, devices: Self.devices, interval: 60)
    let perMinute = Double(minutes) / Double(Self.minutesOfDay * StoreFeed.metrics)
    var due = 0.0
    var next = 0
    for minute in 0..<Self.minutesOfDay {
      due += perMinute
      while due >= 1 {
        try feed.send(device: next % Self.devices, at: Self.begin + Int64(minute) * 60 + Int64(next % 60))
        next += 1
        due -= 1
      }
      try feed.checkpoint()
    }
    try feed.keepUp(at: Self.begin + 86400 + 3600)
    try feed.store.close()
  }

  private func ask(_ reader: StoreReader, metrics: String, functions: String) throws {
    let question = Question.aggregates(
      QueryParameters([
        ("metric", metrics), ("window", "1h"), ("from", "\(Self.begin)"), ("to", "\(Self.begin + 86400)"),
        ("group_by", "district"), ("fn", functions),
      ]))
    let answer = try reader.readNow {
      try question.answer(
        $0, .whole, zone: TimeZone(identifier: "Asia/Shanghai")!, now: Timestamp(seconds: Self.begin + 90_000))
    }
    guard answer.body.count > 10_000 else { throw explain("the bench's question was not answered", .unavailable) }
  }

  private func askPlainly(_ directory: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(path: CheckedPages.name(of: "\(directory)/store.db"), configuration: configuration)
    let rows = try database.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT (start_s - ?) / 3600, value, sum(sum), sum(count), max(max)
          FROM aggregate JOIN series ON series.id = series_id JOIN device_tag USING (device_id)
          WHERE length_s = 60 AND start_s >= ? AND start_s < ? AND metric = 'metric_0' AND name = 'district'
          GROUP BY 1, 2
          """, arguments: [Self.begin, Self.begin, Self.begin + 86400])
    }
    guard rows.count == 24 * StoreFeed.districts else {
      throw explain("the plain question was not answered", .unavailable)
    }
  }

  private func milliseconds(runs: Int? = nil, _ body: () throws -> Void) throws -> Double {
    median(
      try (0..<(runs ?? self.runs)).map { _ in
        let began = ContinuousClock.now
        try body()
        return (ContinuousClock.now - began) / .milliseconds(1)
      })
  }

  private func size(_ directory: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: "\(directory)/store.db")[.size] as? Int ?? 0
  }
}
