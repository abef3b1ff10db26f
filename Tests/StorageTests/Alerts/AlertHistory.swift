import Alerting
import Simulator
import Telemetry

@testable import Storage

/// A random history of alerts, and, looked up in all that ever was, what is to be kept of it.
struct AlertHistory {
  struct Kept: Equatable {
    var alerts: Set<AlertID> = []
    var transitions: [Int64] = []
    var calls: Set<AlertID> = []
    /// What each call tells of alerts that are kept.
    var told: [AlertID: Set<AlertID>] = [:]
  }

  private(set) var records: [AlertID: AlertRecord] = [:]
  /// In their order; the first one's number is 1.
  private(set) var transitions: [TransitionRecord] = []
  private var calls: [AlertID: HookCallRecord] = [:]
  private var lastID: UInt64 = 0
  private let limit: Int
  private(set) var random: RandomSource

  init(limit: Int, random: RandomSource) {
    (self.limit, self.random) = (limit, random)
  }

  // MARK: What happens

  /// Some things that may happen in one moment, each of them after those before.
  mutating func next() -> AlertChanges {
    var changes = AlertChanges()
    let former = transitions.count
    var changed: Set<AlertID> = []
    for _ in 0..<Int.random(in: 1...6, using: &random) { happen(&changes, &changed) }
    changes.transitions = Array(transitions[former...])
    changes.alerts = changed.sorted().map { records[$0]! }
    return changes
  }

  private mutating func happen(_ changes: inout AlertChanges, _ changed: inout Set<AlertID>) {
    // In the order of their ids, so that a seed gives one history.
    let unsettled = records.values.filter { !$0.isSettled }.map(\.alert.id).sorted()
    guard unsettled.count > 2, let id = unsettled.randomElement(using: &random), let record = records[id] else {
      return changed.formUnion([fire()])
    }
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1: changed.insert(fire())
    case 2: changed.insert(id)
    case 3: changes.calls.append(call(unsettled))
    case 4, 5, 6: if let change = tryCall() { changes.callChanges.append(change) }
    case 7 where !record.alert.phase.isOpen:
      records[id]?.isSettled = true
      changed.insert(id)
    case 7,
      8 where record.alert.phase.isOpen:
      become([.resolved, .withdrawn].randomElement(using: &random)!, id)
      records[id]?.isSettled = random.happens(onceIn: 2)
      changed.insert(id)
    case 9 where record.alert.phase.isOpen:
      become(.acknowledged, id)
      changed.insert(id)
    default:
      guard record.alert.phase.isOpen else { return }
      become(record.alert.phase == .firing ? .unknown : .known, id)
      changed.insert(id)
    }
  }

  private mutating func newID() -> AlertID {
    lastID += 1
    return AlertID(rawValue: lastID &* 0x9E37_79B9_7F4A_7C15)
  }

  private mutating func fire() -> AlertID {
    let (id, moment) = (newID(), Timestamp(seconds: Int64(lastID)))
    let alert = CalledAlert(
      stored: id, key: AlertKey(rule: "hot", severity: .critical, target: .device("d")), tags: [:], phase: .firing,
      start: id, startedAt: moment, waiting: [], called: [])
    records[id] = AlertRecord(alert, since: moment, firedAt: moment, changedAt: moment, value: 1, unit: nil)
    become(.firing, id)
    return id
  }

  private mutating func become(_ kind: TransitionRecord.Kind, _ alert: AlertID) {
    let (id, moment) = (newID(), Timestamp(seconds: Int64(lastID)))
    transitions.append(
      TransitionRecord(id: id, alert: alert, kind: kind, at: moment, receivedAt: moment, value: 1))
    if let phase = kind.phase { records[alert]?.alert.phase = phase }
  }

  /// A call of some that somebody has to be told of.
  private mutating func call(_ unsettled: [AlertID]) -> HookCallRecord {
    let told = unsettled.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
    let call = AlertCall(
      stored: newID(), hook: "duty", kind: .start,
      items: told.map { AlertCall.Item(stored: $0, transition: $0, kind: .start, step: 0) }, group: [:],
      due: Timestamp(seconds: 1))
    calls[call.id] = HookCallRecord(call, createdAt: Timestamp(seconds: 1))
    return calls[call.id]!
  }

  private mutating func tryCall() -> HookCallChange? {
    guard let id = calls.values.filter({ $0.endedAt == nil }).map(\.call.id).sorted().randomElement(using: &random)
    else { return nil }
    var change = HookCallChange(id)
    change.triesMade = 1
    if !random.happens(onceIn: 3) { (change.state, change.endedAt) = (.done, Timestamp(seconds: 2)) }
    calls[id]?.endedAt = change.endedAt
    return change
  }

  // MARK: What is kept

  func kept() -> Kept {
    var kept = Kept()
    let border = transitions.count - limit
    for id in records.keys where isKept(id, border) {
      kept.alerts.insert(id)
      kept.transitions += numbers(of: id, border)
    }
    kept.transitions.sort()
    for record in calls.values {
      let told = kept.alerts.intersection(record.call.items.map(\.alert))
      guard !told.isEmpty else { continue }
      kept.calls.insert(record.call.id)
      kept.told[record.call.id] = told
    }
    return kept
  }

  private func isKept(_ id: AlertID, _ border: Int) -> Bool {
    !records[id]!.isSettled || all(of: id).contains { $0.number > border }
      || calls.values.contains { $0.endedAt == nil && $0.call.items.contains { $0.alert == id } }
  }

  private func numbers(of id: AlertID, _ border: Int) -> [Int64] {
    let all = all(of: id)
    let old = all.filter { $0.number <= border }
    var kept = all.filter { $0.number > border }.map(\.number)
    if let first = old.first, !kept.contains(first.number) { kept.append(first.number) }
    for telling in [old.last { $0.kind != .acknowledged }, old.last] {
      if let telling, !kept.contains(telling.number) { kept.append(telling.number) }
    }
    return kept.map(Int64.init)
  }

  private func all(of id: AlertID) -> [(number: Int, kind: TransitionRecord.Kind)] {
    transitions.enumerated().filter { $0.element.alert == id }.map { ($0.offset + 1, $0.element.kind) }
  }

  /// The last transition of an alert before a place that says what it was.
  func telling(of id: AlertID, before number: Int64) -> TransitionRecord? {
    transitions.prefix(Int(number) - 1).last { $0.alert == id && $0.kind != .acknowledged }
  }
}
