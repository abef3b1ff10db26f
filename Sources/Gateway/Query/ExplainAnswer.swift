import Foundation
import Storage
import Telemetry

/// The answer to `ExplainQuery`.
public struct ExplainAnswer: Codable, Sendable {
  /// What came for the window, and what was to come.
  public struct Readings: Codable, Sendable {
    /// Those that count.
    public let good: Int64
    /// By reason.
    public let bad: [String: Int64]
    /// Of the good and the bad ones, those that came after the window was closed.
    public let late: Int64
    /// Sent again, and not counted.
    public let repeated: Int64
    /// That were to come; null where nobody knows.
    public let expected: Double?
    /// Good and bad ones ÷ expected; null where nobody knows.
    public let completeness: Double?

    private enum CodingKeys: CodingKey { case good, bad, late, repeated, expected, completeness }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(good, forKey: .good)
      try container.encode(bad, forKey: .bad)
      try container.encode(late, forKey: .late)
      try container.encode(repeated, forKey: .repeated)
      try container.encode(expected, forKey: .expected)
      try container.encode(completeness, forKey: .completeness)
    }
  }

  /// A change of the window after it was closed.
  public struct Revision: Codable, Sendable {
    /// The number that it gave the window.
    public let revision: Int64
    /// RFC 3339, of the reading that made it; times below are written so too.
    public let receivedAt: String

    private enum CodingKeys: String, CodingKey {
      case revision
      case receivedAt = "received_at"
    }
  }

  /// The text of a profile that decoded readings.
  public struct Profile: Codable, Sendable {
    public let name: String
    public let version: UInt32
    /// Of its text.
    public let hash: String
    /// About its first message.
    public let usedFrom: String

    private enum CodingKeys: String, CodingKey {
      case name, version, hash
      case usedFrom = "used_from"
    }
  }

  /// The device's id.
  public let device: String
  public let metric: String
  public let kind: MetricKind
  /// Canonical; null for states.
  public let unit: String?
  /// Of the registry, else of the profile; null where neither says one. Seconds.
  public let interval: Double?
  /// `1m`, `1h` or `1d`.
  public let window: String
  /// Of the window: from it, up to and without `end`.
  public let start: String
  public let end: String
  /// Until 30 s after its end.
  public let open: Bool
  /// What `aggregates` answers for the window.
  let figures: [String: AnswerValue]
  public let readings: Readings
  /// What rests on the order of readings, or repeats, is known only about.
  public let inexact: Bool
  /// How often the window has been written with a change.
  public let revision: Int64
  /// Of each stored window the last eight, oldest first.
  public let lateRevisions: [Revision]
  /// When the last reading that changed it was received.
  public let changedAt: String?
  /// Its samples are kept: a late reading would count as if it had come in time.
  public let samplesKept: Bool
  /// The length of the windows that are stored for it, and how many they are.
  public let storedAs: String
  public let storedWindows: Int
  /// Where the window starts before it: the time before which windows of its length have been let go.
  public let keptFrom: String?
  /// The version that decoded the last reading; null without one.
  public let profile: Profile?
  /// In force at the window's start.
  public let tags: [String: String]

  private enum CodingKeys: String, CodingKey {
    case device, metric, kind, unit
    case interval = "interval_s"
    case window, start, end, open, figures, readings, inexact, revision
    case lateRevisions = "late_revisions"
    case changedAt = "changed_at"
    case samplesKept = "samples_kept"
    case storedAs = "stored_as"
    case storedWindows = "stored_windows"
    case keptFrom = "kept_from"
    case profile, tags
  }

  init(
    _ query: ExplainQuery, _ device: DeviceRecord, _ series: SeriesRecord, _ stored: StoredParts, _ span: Range<Int64>,
    expected: Double, figures answer: AggregatesAnswer, tags: [String: String], version: ProfileVersion?
  ) {
    func text(_ moment: Timestamp) -> String { QueryTime.text(moment, in: query.zone) }
    let state = stored.state
    self.device = device.name
    metric = query.metric
    kind = series.kind
    unit = series.unit.isEmpty ? nil : series.unit
    interval = series.interval?.seconds
    window = query.grid.text
    start = text(Timestamp(seconds: span.lowerBound))
    end = text(Timestamp(seconds: span.upperBound))
    open = query.now < Timestamp(seconds: span.upperBound + WindowState.secondsUntilClosed)
    let point = answer.series.first?.points.first
    let others = ["start", "completeness", "open", "revision", "inexact"]
    figures = (point?.fields ?? []).reduce(into: [:]) { if !others.contains($1.name) { $0[$1.name] = $1.value } }
    let completeness: Double? = if case .number(let part)? = point?["completeness"] { part } else { nil }
    readings = Readings(
      good: state.aggregate.count,
      bad: Quality.allCases.reduce(into: [:]) { counts, quality in
        let count = state.badCounts[quality]
        if count > 0 { counts[quality.reason] = Int64(count) }
      }, late: Int64(state.late), repeated: Int64(state.repeated),
      expected: completeness == nil ? nil : expected, completeness: completeness)
    inexact = state.aggregate.isInexact
    revision = state.revision
    lateRevisions = state.lateRevisions.map { Revision(revision: $0.revision, receivedAt: text($0.at)) }
    changedAt = stored.count > 0 ? text(state.changedAt) : nil
    samplesKept = state.hasSamples
    storedAs = stored.length.name
    storedWindows = stored.count
    keptFrom = answer.keptFrom
    profile = version.map {
      Profile(
        name: $0.profile, version: $0.id, hash: String($0.hash, radix: 16), usedFrom: text($0.usedFrom))
    }
    self.tags = tags
  }

  /// Why nobody knows how many readings were to come.
  private var unexpected: String {
    if keptFrom != nil { return "what was here has been let go" }
    return interval != nil
      ? "the device had not been heard of yet, or the window is still to come"
      : "neither the profile nor the registry has an interval"
  }

  /// All fields, null or not.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(device, forKey: .device)
    try container.encode(metric, forKey: .metric)
    try container.encode(kind, forKey: .kind)
    try container.encode(unit, forKey: .unit)
    try container.encode(interval, forKey: .interval)
    try container.encode(window, forKey: .window)
    try container.encode(start, forKey: .start)
    try container.encode(end, forKey: .end)
    try container.encode(open, forKey: .open)
    try container.encode(figures, forKey: .figures)
    try container.encode(readings, forKey: .readings)
    try container.encode(inexact, forKey: .inexact)
    try container.encode(revision, forKey: .revision)
    try container.encode(lateRevisions, forKey: .lateRevisions)
    try container.encode(changedAt, forKey: .changedAt)
    try container.encode(samplesKept, forKey: .samplesKept)
    try container.encode(storedAs, forKey: .storedAs)
    try container.encode(storedWindows, forKey: .storedWindows)
    try container.encode(keptFrom, forKey: .keptFrom)
    try container.encode(profile, forKey: .profile)
    try container.encode(tags, forKey: .tags)
  }

  /// The answer for people: a line for each thing there is to say.
  public var lines: [String] {
    var lines = ["\(device) \(metric), \(kind.rawValue)\(unit.map { " in \($0)" } ?? "")"]
    lines.append("window        \(window) from \(start) to \(end)\(open ? ", still open" : "")")
    lines += figures.sorted { $0.key < $1.key }.map { name, value in
      name.padding(toLength: 14, withPad: " ", startingAt: 0) + (value == .null ? "unknown" : value.csvText)
    }
    lines.append(
      "readings      \(readings.good) good\(readings.late > 0 ? ", \(readings.late) of all came late" : "")")
    lines += readings.bad.sorted { $0.key < $1.key }.map { "              \($0.value) bad: \($0.key)" }
    if readings.repeated > 0 { lines.append("              \(readings.repeated) sent again, not counted") }
    if let expected = readings.expected, let completeness = readings.completeness {
      lines.append(
        "expected      \(AnswerValue.number((expected * 100).rounded() / 100).csvText) by its interval: \(Int((completeness * 100).rounded())) % came"
      )
    } else {
      lines.append("expected      unknown: \(unexpected)")
    }
    lines.append(
      inexact
        ? "exactness     inexact: readings came after the window's samples had gone, so what rests on their order is known about"
        : "exactness     exact" + (samplesKept ? "; samples are kept, a late reading would be exact too" : ""))
    if let keptFrom { lines.append("kept          windows of \(storedAs) from \(keptFrom) on: see windows.retain") }
    lines.append(
      "stored        as \(storedWindows) window\(storedWindows == 1 ? "" : "s") of \(storedAs), revision \(revision)\(changedAt.map { ", last changed by a reading received \($0)" } ?? "")"
    )
    lines += lateRevisions.map { "              revision \($0.revision) after closing, received \($0.receivedAt)" }
    if let profile {
      lines.append(
        "profile       \(profile.name), version \(profile.version) (\(profile.hash)), used from \(profile.usedFrom)")
    }
    let tags = tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    lines.append("tags          \(tags.isEmpty ? "none" : tags)")
    return lines
  }
}
