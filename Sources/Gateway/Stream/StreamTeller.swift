import Alerting
import Foundation
import Storage
import Telemetry

/// All that one client is told, in pieces: what a stream is, but for its connection.
///
/// Invariants
/// - Each event carries the place behind it. Places only go forward, in readings, in windows and in transitions.
/// - Nothing is told before it is in the store, so that every id that was told can be gone on from after a restart.
struct StreamTeller {
  private let query: StreamQuery
  private let scope: TagScope
  private let hub: StreamHub
  private let reader: StoreReader
  /// As the client brought it; nil for a new one.
  private let wanted: StreamPosition?
  private var readings: ReadingTeller
  private var windows: WindowTeller?
  private var alerts: AlertTeller?
  private let rules: @Sendable () -> RuleSet
  /// Of the next reading, in the hub's buffer.
  private var number = 0
  /// How far the client has come; nil before it is told where it begins.
  private(set) var position: StreamPosition?
  private(set) var counts: [StreamEvent.Kind: Int64] = [:]
  /// Nothing more is told.
  private(set) var isOver = false

  private static let readingsAtOnce = 512
  private static let pointsAtOnce = 256

  /// - Parameters:
  ///   - reader: of the store, for windows and alerts.
  ///   - position: behind which the client goes on; nil for one that begins now.
  ///   - rules: those in force, for the titles of alerts.
  init(
    _ query: StreamQuery, _ scope: TagScope, from position: StreamPosition?, hub: StreamHub, directory: StreamDirectory,
    reader: StoreReader, rules: @escaping @Sendable () -> RuleSet
  ) {
    self.query = query
    self.scope = scope
    self.hub = hub
    self.reader = reader
    self.rules = rules
    wanted = position
    readings = ReadingTeller(query, scope, directory)
  }

  /// What there is to tell now, as bytes of the stream; nil where there is nothing.
  ///
  /// - Throws: `StreamHub.Drop.behind` where what comes next has gone; `DatabaseFailure`.
  mutating func next() async throws -> Data? {
    var text = Data()
    guard !isOver else { return nil }
    do {
      return try await tellNext(&text) || !text.isEmpty ? text : nil
    } catch let error as QueryError {
      return try end(because: error.description, &text)
    } catch let error as StoreReader.TookTooLong {
      return try end(
        because: "one window takes longer to read than \(error.limit.text) (limits.question_time): ask for less", &text)
    }
  }

  private mutating func end(because detail: String, _ text: inout Data) throws -> Data {
    isOver = true
    let problem = Problem(status: 400, title: "Bad Request", detail: detail)
    tell(.problem, try Answer.json(problem).dropLast(), &text)
    return text
  }

  /// - Returns: whether the client has come further.
  private mutating func tellNext(_ text: inout Data) async throws -> Bool {
    guard let moment = hub.moment else { return false }
    if position == nil, try !begin(at: moment, &text) { return false }
    let former = position
    try await tellAlerts(&text)
    try await tellWindows(at: moment, &text)
    if query.contents.contains(.readings) {
      try await tellReadings(&text)
    } else {
      // Whoever asks for readings too from here on is told those that come.
      position?.place = hub.storedThrough
    }
    return former != position
  }

  // MARK: Where it begins

  /// - Returns: false where nobody knows yet, for want of a first batch.
  private mutating func begin(at moment: Timestamp, _ text: inout Data) throws -> Bool {
    let wantsReadings = query.contents.contains(.readings)
    guard let edge = wantsReadings ? hub.edge : (hub.storedThrough, 0) else { return false }
    let now = moment.seconds - WindowState.secondsUntilClosed
    var start = wanted ?? StreamPosition(closedThrough: now, place: edge.place, transition: hub.lastTransition)
    var gaps: [StreamGap] = []
    if start.closedThrough > moment.seconds {
      gaps.append(
        StreamGap(
          of: .aggregates, from: time(start.closedThrough), to: time(now), why: "the id is of a time to come"))
      (start.closedThrough, start.mark) = (now, nil)
    }
    if wantsReadings {
      if let found = hub.resume(at: start.place) {
        number = found.number
        if let missed = found.missed {
          gaps.append(gap(missed, "they are kept no longer, or were taken in while nobody listened"))
          start.place = missed.to
        }
      } else {
        gaps.append(
          gap(ReadingBuffer.Gap(from: start.place, to: edge.place), "the id is none of this gateway's journal"))
        (start.place, number) = edge
      }
    }
    if query.contents.contains(.alerts) {
      var alerts = try AlertTeller(query, scope, reader, rules: rules, through: start.transition)
      if let gap = alerts.skip(to: hub.lastTransition) { gaps.append(gap) }
      start.transition = alerts.through
      self.alerts = alerts
    }
    if query.contents.contains(.aggregates) {
      var windows = try WindowTeller(
        query, scope, reader, timeLimit: hub.limits.questionTime, closedThrough: start.closedThrough, mark: start.mark)
      if let gap = windows.skip(at: moment) { gaps.append(gap) }
      (start.closedThrough, start.mark) = (windows.closedThrough, windows.mark)
      self.windows = windows
    } else {
      start.mark = nil
    }
    position = start
    StreamEvent.begin(start, to: &text)
    for gap in gaps { try tell(gap, &text) }
    return true
  }

  private func gap(_ gap: ReadingBuffer.Gap, _ why: String) -> StreamGap {
    StreamGap(of: .readings, from: gap.from.text, to: gap.to.text, why: why)
  }

  private func time(_ second: Int64) -> String { QueryTime.text(Timestamp(seconds: second), in: query.zone) }

  // MARK: What it tells

  private mutating func tellAlerts(_ text: inout Data) async throws {
    guard alerts != nil else {
      position?.transition = hub.lastTransition
      return
    }
    try await alerts?.prepare(hub.lastTransition)
    while let item = alerts?.next() {
      position?.transition = item.through
      switch item.content {
      case .alert(let data): tell(.alert, data, &text)
      case .gap(let gap): try tell(gap, &text)
      case .nothing: break
      }
    }
  }

  private mutating func tellWindows(at moment: Timestamp, _ text: inout Data) async throws {
    guard windows != nil else {
      let now = moment.seconds - WindowState.secondsUntilClosed
      let former = position?.closedThrough ?? now
      position?.closedThrough = max(former, now)
      return
    }
    if let gap = try await windows?.prepare(at: moment) { try tell(gap, &text) }
    for _ in 0..<Self.pointsAtOnce {
      let point = windows?.next()
      if let windows {
        position?.closedThrough = windows.closedThrough
        position?.mark = windows.mark
      }
      guard let point else { return }
      tell(.aggregate, point, &text)
    }
  }

  private mutating func tellReadings(_ text: inout Data) async throws {
    switch hub.find(number, atMost: Self.readingsAtOnce) {
    case .nothing:
      // What was taken in since holds no readings.
      if let edge = hub.edge, edge.number == number { position?.place = edge.place }
    case .gone: throw StreamHub.Drop.behind
    case .gap(let gap, let next):
      number = next
      position?.place = gap.to
      try tell(self.gap(gap, "more came at once than limits.stream_events keeps"), &text)
    case .readings(let found, let next, let place):
      try await readings.follow()
      for reading in found {
        guard let data = try readings.tell(reading) else { continue }
        position?.place = reading.place.next
        tell(.reading, data, &text)
      }
      number = next
      position?.place = place
    }
  }

  private mutating func tell(_ gap: StreamGap, _ text: inout Data) throws {
    tell(.gap, try Answer.json(gap).dropLast(), &text)
  }

  private mutating func tell(_ kind: StreamEvent.Kind, _ data: Data, _ text: inout Data) {
    guard let position else { return }
    counts[kind, default: 0] += 1
    StreamEvent.write(kind, data, id: position, to: &text)
  }

  /// What was told since the last call, by kind.
  mutating func takeCounts() -> [StreamEvent.Kind: Int64] {
    defer { counts = [:] }
    return counts
  }
}
