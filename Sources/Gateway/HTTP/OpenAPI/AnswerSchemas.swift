import Alerting
import Storage
import Telemetry

/// What the answers look like, by the names that `EndpointDeclaration` calls them.
enum AnswerSchemas {
  static var all: [String: Schema] {
    [kpis, devices, letters, alerts, gateway].reduce(questions) { $0.merging($1) { first, _ in first } }
  }

  private static let kind = Schema.word(of: MetricKind.allCases.map(\.rawValue))

  // MARK: Questions

  private static var questions: [String: Schema] {
    [
      "Aggregates": .object(
        [
          "window": .text, "timezone": .text, "from": .time, "to": .time,
          "series": .list(of: .named("AggregateSeries")),
          "kept_from": .time.orNull.described("where the span begins before it: what is older has been let go"),
          "next": .text.orNull,
        ], optional: ["offset": .text.described("as it was asked for")]),
      "AggregateSeries": .object([
        "metric": .text, "unit": .text.orNull.described("null for states"), "group": .map(to: .text.orNull),
        "points": .list(of: .named("AggregatePoint")),
      ]),
      "AggregatePoint": .object(
        ["start": .time, "completeness": .number.orNull],
        optional: [
          "open": .boolean, "inexact": .boolean, "revision": .integer, "count": .integer, "bad_count": .integer,
          "first": .either(.number, .text).orNull, "last": .either(.number, .text).orNull,
          "seconds": .map(to: .number).described("of a state metric: seconds by state"),
          "offset": .map(to: .any).described("the same of the window that is so much earlier"),
        ].merging(numbers) { first, _ in first }),
      "Latest": .object(["readings": .list(of: .named("Reading")), "next": .text.orNull]),
      "Reading": .object(
        [
          "device": .text, "metric": .text, "kind": kind, "unit": .text.orNull,
          "value": .either(.number, .text).orNull.described("null where the quality is bad"), "time": .time,
          "received_at": .time, "quality": .word(of: ["good", "bad"]), "tags": .map(to: .text),
        ], optional: ["reason": .text.described("why the quality is bad")]),
      "Metrics": .object(["metrics": .list(of: .named("Metric"))]),
      "Metric": .object([
        "metric": .text, "kind": kind, "unit": .text.orNull, "devices": .integer, "profiles": .list(of: .text),
        "functions": .list(of: .text),
      ]),
      "Explanation": explanation,
    ]
  }

  /// The functions that answer a number or nothing.
  private static var numbers: [String: Schema] {
    let others: [AggregateFunction] = [.count, .badCount, .first, .last, .seconds]
    return AggregateFunction.allCases.filter { !others.contains($0) }
      .reduce(into: [:]) { $0[$1.rawValue] = .number.orNull }
  }

  private static var explanation: Schema {
    .object(
      [
        "device": .text, "metric": .text, "kind": kind, "window": .text, "start": .time, "end": .time, "open": .boolean,
        "figures": .map(to: .any).described("what aggregates answers, by function"),
        "readings": .object(
          ["good": .integer, "bad": .map(to: .integer), "late": .integer, "repeated": .integer],
          optional: ["expected": .number.orNull, "completeness": .number.orNull]),
        "inexact": .boolean, "revision": .integer,
        "late_revisions": .list(of: .object(["revision": .integer, "received_at": .time])),
        "samples_kept": .boolean, "stored_as": .text, "stored_windows": .integer, "tags": .map(to: .text),
      ],
      optional: [
        "unit": .text.orNull, "interval_s": .number.orNull, "changed_at": .time.orNull, "kept_from": .time.orNull,
        "profile": .object(["name": .text, "version": .integer, "hash": .text, "used_from": .time]).orNull,
      ])
  }

  // MARK: KPIs

  private static var kpis: [String: Schema] {
    let words = ["kpi": Schema.text, "title": .named("Bilingual"), "definition": .named("Bilingual"), "unit": .text]
    return [
      "Bilingual": .object(["en": .text, "zh": .text]),
      "KPIs": .object(["kpis": .list(of: .named("KPI"))]),
      "KPI": .object(
        words.merging([
          "window": .text, "span": .text.described("how long before 'to' a question begins that does not say so"),
          "group_by": .list(of: .text), "built_in": .boolean,
        ]) { first, _ in first }),
      "KPIFigures": .object(
        words.merging([
          "window": .text, "timezone": .text, "from": .time, "to": .time, "series": .list(of: .named("KPISeries")),
          "kept_from": .time.orNull.described("where the span begins before it: what is older has been let go"),
          "next": .text.orNull,
        ]) { first, _ in first }),
      "KPISeries": .object(["group": .map(to: .text.orNull), "points": .list(of: .named("KPIPoint"))]),
      "KPIPoint": .object(
        [
          "start": .time, "value": .number.orNull.described("null where nothing is known"),
          "completeness": .number.orNull,
        ],
        optional: [
          "part": .number.orNull.described("of ratios: what is divided"),
          "whole": .number.orNull.described("of ratios: what it is divided by"), "open": .boolean, "inexact": .boolean,
        ]),
    ]
  }

  // MARK: Devices

  private static var devices: [String: Schema] {
    [
      "Devices": .object(["devices": .list(of: .named("Device")), "next": .text.orNull]),
      "Device": .object([
        "device": .text, "name": .text.orNull, "code": .text.orNull, "listed": .boolean, "listed_at": .time.orNull,
        "longitude": .number.orNull, "latitude": .number.orNull, "profile": .text, "first_seen_at": .time.orNull,
        "last_received_at": .time.orNull, "interval_s": .number.orNull, "metrics": .list(of: .text),
        "tags": .map(to: .text),
      ]),
      "DeviceInFull": .both(
        .named("Device"),
        .object([
          "tag_history": .list(of: .object(["name": .text, "value": .text.orNull, "from": .time.orNull])),
          "account": .named("Account").orNull, "latest": .list(of: .named("Reading")),
        ])),
    ]
  }

  // MARK: Dead letters

  private static var letters: [String: Schema] {
    [
      "DeadLetters": .object(["dead_letters": .list(of: .named("DeadLetter"))]),
      "DeadLetter": .object([
        "id": .integer, "received_at": .time, "reason": .word(of: DeadLetterReason.allCases.map(\.rawValue)),
        "detail": .text, "topic": .text, "profile": .text.orNull, "payload_bytes": .integer, "qos": .integer,
        "retained": .boolean,
      ]),
      "DeadLetterInFull": .both(
        .named("DeadLetter"),
        .object(["payload": .text.orNull, "payload_base64": .text, "topic_base64": .text])),
      "Replay": .object([
        "replayed": .integer, "pending": .boolean, "refused": .map(to: .integer), "skipped": .map(to: .integer),
      ]),
    ]
  }

  // MARK: Alerts

  private static let alertValue = Schema.either(.number, .text).orNull.described(
    "a state's name, or a number; null where it is about several metrics")

  private static var alerts: [String: Schema] {
    [
      "Alerts": .object(["alerts": .list(of: .named("Alert")), "next": .text.orNull]),
      "Alert": .object([
        "id": .text, "rule": .text, "severity": .word(of: Severity.allCases.map(\.word)),
        "state": .word(of: CalledAlert.Phase.allCases.map(\.rawValue)),
        "title": .object(["en": .text, "zh": .text]),
        "device": .text.orNull.described("null where it is about all that has one value of a tag"),
        "metric": .text.orNull.described("null where it is about several"), "value": Self.alertValue,
        "unit": .text.orNull, "tags": .map(to: .text), "since": .time, "fired_at": .time, "received_at": .time,
        "changed_at": .time, "ended_at": .time.orNull,
        "acknowledged": .object(["at": .time, "by": .text, "note": .text]).orNull, "called_at": .time.orNull,
      ]),
      "AlertInFull": .both(
        .named("Alert"),
        .object([
          "transitions": .list(
            of: .object([
              "id": .text, "kind": .word(of: TransitionRecord.Kind.allCases.map(\.rawValue)), "at": .time,
              "received_at": .time, "value": Self.alertValue,
            ])),
          "calls": .list(of: .named("HookCall")),
        ])),
      "HookCall": .object(
        [
          "id": .text, "hook": .text, "kind": .word(of: AlertCall.Kind.allCases.map(\.rawValue)),
          "state": .word(of: HookCallRecord.State.allCases.map(\.rawValue)), "tries": .integer, "due_at": .time,
          "output": .text,
        ], optional: ["ended_at": .time, "reason": .text, "sentence": .text]),
      "Silences": .object(["silences": .list(of: .named("Silence"))]),
      "Silence": .object([
        "id": .integer, "state": .word(of: ["active", "pending", "over"]), "rules": .list(of: .text),
        "severities": .list(of: .text), "devices": .list(of: .text), "tags": .map(to: .text), "from": .time,
        "until": .time, "author": .text, "note": .text, "created_at": .time, "ended_at": .time.orNull,
      ]),
    ]
  }

  // MARK: The gateway

  private static var gateway: [String: Schema] {
    [
      "Ledger": .object([
        "messages": .object([
          "received": .integer, "received_qos0": .integer, "pending": .integer, "total": .named("Account"),
          "routes": .map(to: .named("Account")),
        ]),
        "readings": .object(["total": .named("Account"), "devices": .map(to: .named("Account"))]),
        "balanced": .boolean, "imbalances": .list(of: .text),
      ]),
      "Account": .object([
        "entered": .integer,
        "outcomes": .list(of: .object(["outcome": .text, "count": .integer], optional: ["reason": .text])),
      ]),
      "Audit": .object(["audit": .list(of: .named("AuditRecord"))]),
      "AuditRecord": .object([
        "id": .integer, "begun_at": .time, "ended_at": .time.orNull, "caller": .text.orNull, "role": .text,
        "address": .text.orNull, "action": .text, "parameters": .text,
        "done": .boolean.orNull.described("null where the gateway stopped before the outcome was written"),
        "outcome": .text.orNull,
      ]),
      "Reload": .object(
        [
          "is_changed": .boolean, "profiles": .integer, "added": .list(of: .text), "changed": .list(of: .text),
          "removed": .list(of: .text), "subscribed": .list(of: .text), "unsubscribed": .list(of: .text),
        ], optional: ["first_sequence": .integer]),
      "Health": .object([
        "status": .word(of: ["ok", "degraded"]), "obstacles": .list(of: .text), "strains": .list(of: .text),
      ]),
      "OpenAPI": .object(["openapi": .text, "info": .map(to: .any), "paths": .map(to: .any)]),
      "Problem": .object(["status": .integer, "title": .text, "detail": .text]),
    ]
  }
}
