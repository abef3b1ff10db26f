import Ingest
import Logging
import Telemetry

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
    case .clock(let event): report(event)
    case .diskHasRoom: log.notice("the disk has room again, reading goes on")
    }
  }

  private func report(_ event: ReceiptClock.Event) {
    switch event {
    case .stepped(let step):
      log.warning(
        "the machine's clock was set \(Self.text(step)); times of receipt go on as before, for a minute or until it comes back"
      )
    case .cameBack: log.notice("the machine's clock has come back")
    case .adopted(let step):
      log.error(
        "the machine's clock stays where it was set, \(Self.text(step)), and is believed now: readings without a time stamp of their own have its time"
      )
    }
  }

  private static func text(_ step: Duration) -> String {
    let seconds = Duration.seconds((abs(step.seconds)).rounded())
    return step < .zero ? "\(seconds.text) back" : "\(seconds.text) forward"
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
