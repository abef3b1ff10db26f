import Alerting
import Foundation
import Storage
import Telemetry

/// What people may ask of alerts, read from a request.
enum AlertWrites {
  static let acknowledgeParameters = [Parameter("note", .text, "what the others should know")]

  static let silenceParameters =
    [
      Parameter("rule", .text, "the rule's id; of all where none is named", mayRepeat: true),
      Parameter("severity", .word(of: Severity.allCases.map(\.word)), "how bad they are", mayRepeat: true),
      Parameter("device", .text, "the device's id", mayRepeat: true), Parameter.tags,
      Parameter("from", .time, "from when on", standard: "now"),
      Parameter("until", .time, "until when; or give 'for'"),
      Parameter("for", .text, "how long, such as 30m or 2h; or give 'until'"),
      Parameter("note", .text, "why"),
    ]

  /// The longest silence: what lasts longer is for the rules.
  private static let longest = Duration.seconds(90 * 86_400)
  private static let mostNoteBytes = 1000

  /// - Throws: `QueryError` for words that are none.
  static func acknowledgement(
    of id: String, _ parameters: QueryParameters, by caller: Caller
  ) throws(QueryError) -> AlertRequest {
    try parameters.requireKnown(acknowledgeParameters)
    guard let alert = AlertID(text: id) else { throw QueryError("there is no open alert '\(id)'", isNotFound: true) }
    return .acknowledge(alert, author: caller.name ?? "", note: try note(parameters), scope: caller.scope)
  }

  /// What is answered once an alert is taken on.
  static func alert(
    _ id: String, _ snapshot: StoreSnapshot, _ scope: TagScope, _ rules: RuleSet, zone: TimeZone
  ) throws -> Data {
    try Answer.json(AlertAnswer(id, snapshot, scope, rules, zone: zone).alert)
  }

  /// - Throws: `QueryError` for one that would never be in force, or be longer or wider than it may.
  static func silence(
    _ parameters: QueryParameters, by caller: Caller, zone: TimeZone, now: Timestamp
  ) throws(QueryError) -> AlertRequest {
    try parameters.requireKnown(silenceParameters)
    var matcher = AlertMatcher(rules: Set(parameters.all("rule")), devices: Set(parameters.all("device")))
    for word in parameters.words("severity") {
      guard let severity = Severity(word: word) else {
        throw QueryError("severity='\(word)' is none of \(Severity.allCases.map(\.word).joined(separator: ", "))")
      }
      matcher.severities.insert(severity)
    }
    for (name, value) in parameters.tagFilters { matcher.tags[name] = value }
    guard caller.scope.includes(matcher.tags) else {
      let names = caller.scope.values.keys.sorted().map { "tag.\($0)" }.joined(separator: ", ")
      throw QueryError("the token is for some devices: a silence of its names \(names), with a value that it has")
    }
    let (from, until) = try span(parameters, zone: zone, now: now)
    return .silence(
      Silence(
        id: 0, matcher: matcher, from: from, until: until, author: caller.name ?? "", note: try note(parameters)))
  }

  private static func span(
    _ parameters: QueryParameters, zone: TimeZone, now: Timestamp
  ) throws(QueryError) -> (from: Timestamp, until: Timestamp) {
    let from = try parameters.time("from", now: now, zone: zone) ?? now
    let until: Timestamp
    switch (try parameters.time("until", now: now, zone: zone), try parameters.one("for")) {
    case (let time?, nil): until = time
    case (nil, let text?):
      guard let length = Duration(text: text), length <= longest else {
        throw QueryError("for='\(text)' is no time such as 30m, 2h or 7d, of at most \(longest.text)")
      }
      until = from + length
    case (nil, nil): throw QueryError("until when? give 'for', such as for=2h, or 'until'")
    case (_?, _?): throw QueryError("'for' and 'until' say the same: give one of them")
    }
    guard from < until, now < until else { throw QueryError("the silence is over before it begins") }
    guard until - max(from, now) <= longest else {
      throw QueryError("a silence lasts at most \(longest.text): what is longer is for the rules")
    }
    return (from, until)
  }

  static func endSilence(_ id: String, by caller: Caller) throws(QueryError) -> AlertRequest {
    guard let number = Int64(id) else { throw QueryError("there is no silence '\(id)' in force", isNotFound: true) }
    return .endSilence(number, scope: caller.scope)
  }

  private static func note(_ parameters: QueryParameters) throws(QueryError) -> String {
    let note = try parameters.one("note") ?? ""
    guard note.utf8.count <= mostNoteBytes else { throw QueryError("'note' has more than \(mostNoteBytes) bytes") }
    return note
  }
}
