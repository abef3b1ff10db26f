import Alerting
import DurableSQLite
import Foundation
import Hooks
import Logging
import ServiceLifecycle
import Storage
import Telemetry

/// Has the hooks called, within their limits, and says what became of each call to the desk, which writes it down.
///
/// Invariants
/// - What is called is in the store, and comes from there. A call's end is written before the runner forgets the call.
/// - Nothing here is waited for by the pipeline's thread.
struct HookService: NamedService {
  let board: AlertBoard
  let mail: AlertMail
  let publisher: (any HookPublisher)?
  /// Has the calls, and the names of states and devices.
  let reader: StoreReader
  let gateway: String
  let zone: TimeZone
  let log: Logger

  /// How long calls that the runner has no room for wait before they are looked at again, and those that cannot be read.
  private static let lookInterval = Duration.seconds(1)

  func run() async throws {
    let runner = HookRunner(
      [], publisher: publisher,
      tell: { [mail, log] notices in await Self.tell(notices, mail, log) })
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    board.connect { signal.yield() }
    await withGracefulShutdownHandler {
      await feed(runner, signals, signal)
    } onGracefulShutdown: {
      signal.finish()
    }
    await runner.stop()
  }

  private func feed(
    _ runner: HookRunner, _ signals: AsyncStream<Void>, _ signal: AsyncStream<Void>.Continuation
  ) async {
    var feed = HookFeed(reader, runner, gateway: gateway, zone: zone)
    var declared = RuleSet()
    var crowded: [String: Int64] = [:]
    var laterLook: Task<Void, Never>?
    for await _ in signals {
      // In this order: the rules are at least as new as the calls, so that none of a new hook is taken for one without.
      let status = board.status
      let rules = board.rules
      if rules != declared { await runner.declare(rules.hooks) }
      declared = rules
      report(status.crowdedCalls, since: crowded)
      crowded = status.crowdedCalls
      laterLook?.cancel()
      if await isMoreLeft(behind: &feed, status.waitingCalls.keys.sorted(), rules) {
        laterLook = Task {
          guard (try? await Task.sleep(for: Self.lookInterval)) != nil else { return }
          signal.yield()
        }
      }
    }
    laterLook?.cancel()
  }

  private func isMoreLeft(behind feed: inout HookFeed, _ hooks: [String], _ rules: RuleSet) async -> Bool {
    do {
      let look = try await feed.look(for: hooks, rules)
      let notices = look.undeclared.map { record in
        let failure = HookFailure(.declaration, "no hook '\(record.call.hook)' is declared any more", .final)
        return HookNotice.dropped(id: record.call.id.text, hook: record.call.hook, failure: failure)
      }
      if !notices.isEmpty { await Self.tell(notices, mail, log) }
      return look.isMoreLeft
    } catch {
      log.error("calls of hooks cannot be read from the store: \(error)")
      return true
    }
  }

  private func report(_ crowded: [String: Int64], since former: [String: Int64]) {
    for (hook, count) in crowded.sorted(by: { $0.key < $1.key }) where count > former[hook] ?? 0 {
      log.error(
        """
        hook \(hook): \(count - (former[hook] ?? 0)) calls are given up, since as many wait as limits.hook_calls allows; \
        its program or receiver is too slow, its rate too low, or its rules call too often
        """)
    }
  }

  private static func tell(_ notices: [HookNotice], _ mail: AlertMail, _ log: Logger) async {
    FaultPoint.hookEnded.reached()
    for notice in notices { report(notice, log) }
    // While the store takes nothing, as on a full disk, it is told again. What a stop keeps from being written is made
    // again behind the next start: at least once.
    while !Task.isCancelled, !mail.isClosed {
      do {
        _ = try await mail.post(.notices(notices))
        return
      } catch is AlertMail.IsLate {
        if Task.isShuttingDownGracefully { return }
      } catch {
        return log.error("what became of \(notices.count) calls of hooks cannot be written: \(error)")
      }
    }
  }

  private static func report(_ notice: HookNotice, _ log: Logger) {
    switch notice {
    case .ended(let id, let hook, let tries, let outcome, let next):
      guard case .failed(let failure) = outcome.result else { return }
      let what = next == .givenUp ? "given up" : "to be tried again"
      log.warning("hook \(hook), call \(id), try \(tries.made): \(failure.sentence); \(what)")
    case .dropped(let id, let hook, let failure): log.warning("hook \(hook), call \(id): \(failure.sentence)")
    case .failing(let hook, _, let failure): log.error("hook \(hook) keeps failing: \(failure.sentence)")
    case .recovered(let hook): log.notice("hook \(hook) is well again")
    case .notDone: break
    }
  }
}
