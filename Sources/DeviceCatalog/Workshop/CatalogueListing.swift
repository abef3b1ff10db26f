import Telemetry

/// What a catalogue understands, profile by profile: names, topics, metrics and their units.
public struct CatalogueListing: Encodable, Sendable {
  public struct Entry: Encodable, Sendable {
    public let profile: String
    /// By language code.
    public let title: [String: String]
    public let file: String
    public let topics: [String]
    public let payload: String
    /// How often a device reports; nil where the profile does not say.
    public let intervalSeconds: Double?
    public let tags: [String]
    public let metrics: [MetricEntry]

    private enum CodingKeys: String, CodingKey {
      case profile, title, file, topics, payload
      case intervalSeconds = "interval_s"
      case tags, metrics
    }
  }

  public struct MetricEntry: Encodable, Sendable {
    public let metric: String
    /// Where its values stand, as the profile has it.
    public let at: String
    public let kind: MetricKind
    /// In the payload, after `scale` and `offset`; nil for states.
    public let unit: String?
    /// In which values are stored; nil for states.
    public let storedUnit: String?
    /// In `unit`: lowest and highest.
    public let range: [Double]?
    /// Of a state.
    public let states: [String]?

    private enum CodingKeys: String, CodingKey {
      case metric, at, kind, unit
      case storedUnit = "stored_unit"
      case range, states
    }
  }

  public let profiles: [Entry]

  /// - Parameter profiles: in the order in which they are listed.
  public init(_ profiles: [Profile]) {
    self.profiles = profiles.map(Entry.init)
  }
}

extension CatalogueListing.Entry {
  init(_ profile: Profile) {
    self.profile = profile.name
    title = profile.titles
    file = profile.file
    topics = profile.topics.map(\.text)
    payload = profile.payloadName
    intervalSeconds = profile.interval.map { $0 / .seconds(1) }
    tags = profile.tags.map(\.name)
    metrics = profile.metrics.map(CatalogueListing.MetricEntry.init)
  }

  /// English, then the others.
  var titleText: String {
    title.sorted { ($0.key == "en" ? "" : $0.key) < ($1.key == "en" ? "" : $1.key) }.map(\.value).joined(
      separator: ", ")
  }

  /// `30s`, `5m`, `1h`; nil where the profile does not say.
  var intervalText: String? {
    intervalSeconds.map { seconds in
      for (unit, length) in [("d", 86400.0), ("h", 3600.0), ("m", 60.0)]
      where (seconds / length).rounded() * length == seconds {
        return "\(Number(seconds / length).text)\(unit)"
      }
      return "\(Number(seconds).text)s"
    }
  }
}

extension CatalogueListing.MetricEntry {
  init(_ metric: Metric) {
    self.metric = metric.name
    at = metric.source.text
    kind = metric.kind
    unit = metric.unit?.code
    storedUnit = metric.canonicalUnit
    range = metric.range.map { [$0.lowerBound, $0.upperBound] }
    states = metric.kind == .state ? metric.states.names : nil
  }

  /// `0 to 120`, or the names of a state; empty where any number will do.
  var valuesText: String {
    states.map { $0.joined(separator: " ") } ?? range.map { "\(Number($0[0]).text) to \(Number($0[1]).text)" } ?? ""
  }
}

extension CatalogueListing {
  /// A block of lines for each profile, for a terminal.
  public var text: String {
    profiles.map { entry in
      let tags = entry.tags.isEmpty ? "" : "\n  tags     \(entry.tags.joined(separator: " "))"
      let rows =
        [["metric", "kind", "unit", "stored in", "range or states"]]
        + entry.metrics.map { metric in
          [metric.metric, metric.kind.rawValue, metric.unit ?? "", metric.storedUnit ?? "", metric.valuesText]
        }
      return """
        \(entry.profile)  \(entry.titleText)
          topics   \(entry.topics.joined(separator: " "))
          payload  \(entry.payload), \(entry.intervalText.map { "every \($0)" } ?? Self.noInterval)\(tags)
        \(Self.columns(rows).map { "  \($0)" }.joined(separator: "\n"))
        """
    }.joined(separator: "\n\n")
  }

  /// In place of the interval, where the profile does not say.
  private static let noInterval = "no interval, so no completeness"

  private static func columns(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// The command that makes the documentation's page anew.
  public static let renewal =
    "ganglion devices list --catalogue --markdown > Sources/Ganglion.docc/Catalogue.md"

  /// The documentation's page.
  public var markdown: String {
    let overview = profiles.map { entry in
      Self.row([
        "[\(entry.profile)](#\(entry.profile))", entry.titleText, entry.topics.map { "`\($0)`" }.joined(separator: " "),
        entry.payload, entry.intervalText ?? "",
      ])
    }
    return """
      # Catalogue

      What the built-in profiles understand: devices, topics, metrics and units.

      ## Overview

      \(counted(profiles.count, "profile")), each a file in `Devices/` and in the executable. A profile of yours with the same name replaces one; the generic ones are made to be copied, with your own topics and metrics (<doc:Devices>). The unit is that of the payload after `scale` and `offset`; values are stored in the unit behind the arrow where there is one.

      Without an interval, in the column `every`, are devices that report where something changes, and formats that devices of any kind speak, each as often as it is set. Of them there is no completeness until a copy of the profile, or <doc:Registry>, says how often they report.

      This page is made by

      ```sh
      \(Self.renewal)
      ```

      | profile | device | topics | payload | every |
      |---|---|---|---|---|
      \(overview.joined(separator: "\n"))

      \(profiles.map(Self.section).joined(separator: "\n\n"))

      """
  }

  private static func section(_ entry: Entry) -> String {
    let rows = entry.metrics.map { metric in
      let unit =
        metric.unit.map { $0 == metric.storedUnit ? "`\($0)`" : "`\($0)` → `\(metric.storedUnit ?? "")`" } ?? ""
      return row(["`\(metric.metric)`", metric.kind.rawValue, unit, metric.valuesText])
    }
    let tags = entry.tags.isEmpty ? "" : " Tags: \(entry.tags.map { "`\($0)`" }.joined(separator: ", "))."
    return """
      ## \(entry.profile)

      \(entry.titleText).\(tags)

      | metric | kind | unit | range or states |
      |---|---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }

  private static func row(_ cells: [String]) -> String {
    "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |"
  }
}
