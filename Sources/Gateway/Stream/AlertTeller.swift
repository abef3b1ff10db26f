import Alerting
import Foundation
import Storage
import Telemetry

/// Tells what becomes of alerts, each transition once.
///
/// Invariants
/// - All is read from the store, by the places that transitions have there: a client that comes back is told what it has
///   not heard, over restarts too, in the order in which it happened.
/// - An alert is in the client's scope or not by the tags that it was given as it fired, as `/api/v1/alerts` has it.
struct AlertTeller {
  /// What stands at a place, or between two.
  struct Item {
    enum Content {
      case alert(Data)
      /// Some that have been let go.
      case gap(StreamGap)
      /// The client is not told.
      case nothing
    }

    let content: Content
    /// The place that the client has come to with it.
    let through: Int64
  }

  private let filter: AlertFilter
  private let metrics: Set<String>
  private let devices: DeviceChoice
  private let tags: [(name: String, value: String)]
  private let scope: TagScope
  private let reader: StoreReader
  private let rules: @Sendable () -> RuleSet
  private let zone: TimeZone
  /// The last one that was told, or passed over.
  private(set) var through: Int64
  private var items: ArraySlice<Item> = []

  private static let transitionsAtOnce = 256

  /// - Parameters:
  ///   - rules: those in force, for titles.
  ///   - through: the place behind which the client goes on.
  init(
    _ query: StreamQuery, _ scope: TagScope, _ reader: StoreReader, rules: @escaping @Sendable () -> RuleSet,
    through: Int64
  ) throws(QueryError) {
    filter = try AlertFilter(query.parameters)
    metrics = Set(query.parameters.words("metric"))
    devices = DeviceChoice(query.parameters)
    tags = query.parameters.tagFilters
    self.scope = scope
    self.reader = reader
    self.rules = rules
    zone = query.zone
    self.through = through
  }

  /// Goes back to what the store has, where the client brings a place that it has not.
  ///
  /// - Parameter last: the place of the last transition.
  /// - Returns: what the client is told of it; nil where the store has its place.
  mutating func skip(to last: Int64) -> StreamGap? {
    guard through > last else { return nil }
    defer { through = last }
    return StreamGap(of: .alerts, from: "\(through)", to: "\(last)", why: "the id is none of this gateway's store")
  }

  /// Reads the next ones, where none are left to be told.
  ///
  /// - Parameter last: the place of the last one that the store has.
  mutating func prepare(_ last: Int64) async throws {
    guard items.isEmpty, last > through else { return }
    let (former, rules) = (through, rules())
    items = try await reader.read { [self] snapshot in try page(behind: former, snapshot, rules) }[...]
  }

  /// The next one; nil where none is left. `through` is its place then.
  mutating func next() -> Item? {
    guard let item = items.popFirst() else { return nil }
    through = item.through
    return item
  }

  // MARK: Reading

  private func page(behind number: Int64, _ snapshot: StoreSnapshot, _ rules: RuleSet) throws -> [Item] {
    let wording = AlertWording(rules, snapshot, scope, zone: zone)
    var items: [Item] = []
    var last = number
    for (number, transition) in try snapshot.transitions(after: number, limit: Self.transitionsAtOnce) {
      if number > last + 1 { items.append(missing(between: last, and: number)) }
      let data = try told(transition, number, snapshot, wording)
      items.append(Item(content: data.map { .alert($0) } ?? .nothing, through: number))
      last = number
    }
    return items
  }

  private func missing(between former: Int64, and next: Int64) -> Item {
    let gap = StreamGap(
      of: .alerts, from: "\(former)", to: "\(next)", why: "the oldest transitions have been let go, for there were many"
    )
    return Item(content: .gap(gap), through: next - 1)
  }

  /// Nil where the client is not told.
  private func told(
    _ transition: TransitionRecord, _ number: Int64, _ snapshot: StoreSnapshot, _ wording: AlertWording
  ) throws -> Data? {
    guard let record = try snapshot.alert(transition.alert), try isTold(record.alert, snapshot) else { return nil }
    // What people do leaves an alert as it was.
    let change =
      transition.kind.phase == nil
      ? try snapshot.transition(of: record.alert.id, before: number) : transition
    return try Answer.json(
      ToldAlert(
        alert: AlertAnswer.Alert(change.map(record.behind) ?? record, wording),
        transition: AlertAnswer.Transition(transition, of: record, wording))
    ).dropLast()
  }

  private func isTold(_ alert: CalledAlert, _ snapshot: StoreSnapshot) throws -> Bool {
    let target = alert.key.target
    guard filter.includes(alert.key), scope.includes(alert.tags),
      tags.allSatisfy({ alert.tags[$0.name] == $0.value }),
      metrics.isEmpty || target.metric.map(metrics.contains) ?? false
    else { return false }
    if devices.isOpen { return true }
    guard let name = target.device, let device = try snapshot.device(named: name) else { return false }
    let seen = try scope.view(of: device, TagHistory(snapshot.tags(of: device.id)))
    return seen.map(devices.includes) ?? false
  }
}

/// An alert as it was behind a transition, and that transition.
struct ToldAlert: Encodable {
  let alert: AlertAnswer.Alert
  let transition: AlertAnswer.Transition

  private enum CodingKeys: CodingKey { case transition }

  func encode(to encoder: any Encoder) throws {
    try alert.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(transition, forKey: .transition)
  }
}
