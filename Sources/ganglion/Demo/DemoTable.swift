import Foundation
import Gateway
import Storage
import Telemetry

/// A column of the demo's tables: a function of a metric.
struct DemoFigure {
  let title: String
  let metric: String
  let function: String
  var decimals = 0
  /// From the metric's canonical unit to that of the title.
  var factor = 1.0
  /// What has the metric has a row in the table; else it is shown beside what has one.
  var makesRows = true
}

/// Figures side by side, a row for each value of a tag.
struct DemoTable {
  let title: String
  let tag: String
  let figures: [DemoFigure]

  static let all = [
    DemoTable(
      title: "Districts", tag: "district",
      figures: [
        DemoFigure(title: "waste kg", metric: "weight_added", function: "sum"),
        DemoFigure(title: "bins full %", metric: "fill_level", function: "mean", makesRows: false),
        DemoFigure(title: "pavilions ok %", metric: "facilities_working_share", function: "mean", decimals: 1),
        DemoFigure(title: "lamps at %", metric: "dimming", function: "mean"),
        DemoFigure(title: "cars kWh", metric: "session_energy", function: "sum"),
        DemoFigure(title: "PM2.5", metric: "pm2_5", function: "mean"),
      ]),
    DemoTable(
      title: "Water", tag: "site",
      figures: [
        DemoFigure(title: "drawn m³/h", metric: "raw_flow", function: "mean"),
        DemoFigure(title: "outlet kPa", metric: "outlet_pressure", function: "mean"),
        DemoFigure(title: "raw NTU", metric: "raw_turbidity", function: "mean", decimals: 1),
        DemoFigure(title: "treated NTU", metric: "turbidity", function: "mean", decimals: 2, makesRows: false),
        DemoFigure(title: "stored 1000 m³", metric: "storage_volume", function: "mean", factor: 0.001),
      ]),
    DemoTable(
      title: "Factories", tag: "site",
      figures: [
        DemoFigure(title: "kW a machine", metric: "power_demand", function: "mean", decimals: 1),
        DemoFigure(title: "good parts", metric: "parts_good", function: "increase"),
        DemoFigure(title: "takt s", metric: "takt_time", function: "mean", decimals: 1),
        DemoFigure(title: "warped m", metric: "warped_length", function: "increase"),
        DemoFigure(title: "bobbins", metric: "bobbins_doffed", function: "increase"),
        DemoFigure(title: "AGV m", metric: "odometer", function: "increase", makesRows: false),
      ]),
  ]

  /// The table of a span, one window long; nil where nothing has come for it.
  ///
  /// - Parameter mostRows: of more groups so many are shown, from all through their order.
  func text(_ reader: StoreReader, window: String, from: String, zone: TimeZone, mostRows: Int = .max) throws -> String?
  {
    let columns = try figures.map { try values(of: $0, reader, window: window, from: from, zone: zone) }
    let groups = Set(zip(figures, columns).flatMap { $0.makesRows ? Array($1.keys) : [] }).sorted()
    guard !groups.isEmpty else { return nil }
    let shown = min(mostRows, groups.count)
    let rows = (0..<shown).map { groups[$0 * groups.count / shown] }.map { group in
      [group]
        + zip(figures, columns).map { figure, values in
          Table.number(values[group].map { $0 * figure.factor }, decimals: figure.decimals)
        }
    }
    let rest = groups.count > shown ? "\nand \(groups.count - shown) more" : ""
    return Table([title] + figures.map(\.title), rows).text + rest
  }

  /// By group; those without the tag are left out.
  private func values(
    of figure: DemoFigure, _ reader: StoreReader, window: String, from: String, zone: TimeZone
  ) throws -> [String: Double] {
    let question = Question.aggregates(
      QueryParameters([
        ("metric", figure.metric), ("window", window), ("from", from), ("group_by", tag), ("fn", figure.function),
      ]))
    let answer = try reader.readNow { try question.answer($0, .whole, zone: zone, now: .now) }
    return try JSONDecoder().decode(ShownAggregates.self, from: answer.body).values(figure.function, by: tag)
  }
}

/// What the tables read of an answer.
private struct ShownAggregates: Decodable {
  struct Series: Decodable {
    let group: [String: String?]
    let points: [Point]
  }

  struct Point: Decodable {
    let sum: Double?
    let mean: Double?
    let increase: Double?

    func value(_ function: String) -> Double? {
      switch function {
      case "sum": sum
      case "mean": mean
      default: increase
      }
    }
  }

  let series: [Series]

  /// Of the last point of each group.
  func values(_ function: String, by tag: String) -> [String: Double] {
    series.reduce(into: [:]) { values, series in
      guard let group = series.group[tag] ?? nil else { return }
      values[group] = series.points.last?.value(function)
    }
  }
}
