import Alerting
import Foundation
import Hooks
import Storage

/// Brings the runner the calls that stand in the store, of each hook the oldest first, as far as it has room for them.
///
/// Invariants
/// - Between two looks it remembers one place for each hook, and nothing of the calls: a backlog of any length stands in
///   the store alone. A hook with a backlog keeps no other hook's calls from being brought.
/// - Each call is brought once, and those of a hook in the order in which they were written.
struct HookFeed {
  /// What came of a look.
  struct Look: Equatable {
    /// There was no room for some; look again before long.
    var isMoreLeft = false
    /// Calls of hooks that are not declared any more.
    var undeclared: [HookCallRecord] = []
  }

  let reader: StoreReader
  let runner: HookRunner
  let gateway: String
  let zone: TimeZone
  /// Of the last call that the runner has, or that is told as undeclared, by hook.
  private var places: [String: Int64] = [:]

  private static let callsAtOnce = 64

  init(_ reader: StoreReader, _ runner: HookRunner, gateway: String, zone: TimeZone) {
    self.reader = reader
    self.runner = runner
    self.gateway = gateway
    self.zone = zone
  }

  /// - Parameters:
  ///   - hooks: those with calls that wait.
  ///   - rules: in force; the runner knows them.
  /// - Throws: what reading the store does; what was not brought is brought at the next look.
  mutating func look(for hooks: some Sequence<String>, _ rules: RuleSet) async throws -> Look {
    var look = Look()
    for hook in hooks {
      while true {
        let room = min(await runner.room(for: hook), Self.callsAtOnce)
        guard room > 0 else {
          look.isMoreLeft = true
          break
        }
        let page = try await page(of: hook, atMost: room, rules)
        let isWhole = try await bring(page, of: hook, &look)
        if page.count < room || !isWhole { break }
      }
    }
    return look
  }

  /// A call as it stands in the store, and as it is made.
  private typealias Entry = (place: Int64, record: HookCallRecord, call: HookCall)

  private func page(of hook: String, atMost limit: Int, _ rules: RuleSet) async throws -> [Entry] {
    try await reader.read { [gateway, zone, place = places[hook] ?? 0] snapshot in
      let wording = AlertWording(rules, snapshot, .whole, zone: zone)
      return try snapshot.waitingCalls(of: hook, after: place, limit: limit).map { place, record in
        let pending = try PendingCall(record, snapshot)
        return (place, record, try HookDocument(pending, wording, gateway: gateway).hookCall(pending))
      }
    }
  }

  /// - Returns: false where there was no room for all.
  private mutating func bring(_ page: [Entry], of hook: String, _ look: inout Look) async throws -> Bool {
    for entry in page {
      switch await runner.add(entry.call) {
      case .taken, .known: break
      case .undeclared: look.undeclared.append(entry.record)
      case .full:
        look.isMoreLeft = true
        return false
      }
      places[hook] = entry.place
    }
    return true
  }
}
