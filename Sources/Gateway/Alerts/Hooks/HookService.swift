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
/// - What is called is in the store. A call's end is written before the runner forgets the call.
/// - Nothing here is waited for by the pipeline's thread.
struct HookService: NamedService {
  let outbox: HookOutbox
  let mail: AlertMail
  let publisher: (any HookPublisher)?
  /// Has the names of states and devices.
  let reader: StoreReader
  let gateway: String
  let zone: TimeZone
  let log: Logger

  /// How long a call that the runner has no room for waits before it is offered again.
  private static let offerInterval = Duration.seconds(1)

  func run() async throws {
    let runner = HookRunner(
      [], publisher: publisher,
      tell: { [mail, log] notices in await Self.tell(notices, mail, log) })
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    outbox.connect { signal.yield() }
    await withGracefulShutdownHandler {
      await feed(runner, signals)
    } onGracefulShutdown: {
      signal.finish()
    }
    await runner.stop()
  }

  private func feed(_ runner: HookRunner, _ signals: AsyncStream<Void>) async {
    var waiting: [PendingCall] = []
    var declared = RuleSet()
    var iterator = signals.makeAsyncIterator()
    while await iterator.next() != nil {
      repeat {
        let (calls, rules) = outbox.take()
        if rules != declared { await runner.declare(rules.hooks) }
        declared = rules
        waiting = await offer(waiting + calls, to: runner, rules)
        // Where there is no room, what comes meanwhile is taken along.
        if !waiting.isEmpty { try? await Task.sleep(for: Self.offerInterval) }
      } while !waiting.isEmpty && !Task.isShuttingDownGracefully
    }
  }

  /// - Returns: what there was no room for.
  private func offer(_ calls: [PendingCall], to runner: HookRunner, _ rules: RuleSet) async -> [PendingCall] {
    for (place, pending) in calls.enumerated() {
      do {
        let call = try await reader.read { [gateway, zone] snapshot in
          let wording = AlertWording(rules, snapshot, .whole, zone: zone)
          return try HookDocument(pending, wording, gateway: gateway).hookCall(pending)
        }
        switch await runner.add(call) {
        case .taken, .known: continue
        case .full: return Array(calls[place...])
        case .undeclared:
          let failure = HookFailure(.declaration, "no hook '\(call.hook)' is declared any more", .final)
          await Self.tell([.dropped(id: call.id, hook: call.hook, failure: failure)], mail, log)
        }
      } catch {
        log.error("the call \(pending.record.call.id) cannot be written out: \(error)")
      }
    }
    return []
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
