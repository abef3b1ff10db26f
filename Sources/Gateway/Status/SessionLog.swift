import Ingest
import Logging

/// Says in the log what happens in the session.
struct SessionLog: Sendable {
  let log: Logger

  @Sendable
  func report(_ event: SessionEvent) {
    switch event {
    case .connecting(let broker): log.info("connecting to \(broker)")
    case .connected(let broker, let resumed, let lostSession):
      log.notice("connected to \(broker), session \(resumed ? "resumed" : "new")")
      if lostSession {
        log.error("the broker no longer knows our session: what it held for us is lost (session_present=0)")
      }
    case .subscribed(let filters): log.notice("subscribed to \(filters.joined(separator: ", "))")
    case .subscriptionRefused(let filter, let code):
      log.error("the broker refuses the subscription \(filter) (reason \(code)): check the broker's access rules")
    case .disconnected(let loss): report(loss)
    case .diskFull(let detail): log.error("the disk is full, reading from the broker waits: \(detail)")
    case .diskHasRoom: log.notice("the disk has room again, reading goes on")
    }
  }

  private func report(_ loss: SessionStateMachine.Loss) {
    switch loss {
    case .stopped: log.notice("disconnected from the broker")
    case .refused(let reason): log.error("the broker refuses the connection: \(reason)")
    case .broken(let reason): log.warning("no connection to the broker: \(reason)")
    case .noConnack: log.warning("the broker does not answer the connection")
    case .flushStalled: log.warning("the broker takes no acknowledgements; connecting anew")
    case .ringFull: log.warning("the pipeline is behind for long; staying away from the broker until there is room")
    case .diskFull: log.warning("the disk is full for long; staying away from the broker until there is room")
    }
  }
}
