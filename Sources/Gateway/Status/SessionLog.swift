import Ingest
import Logging
import Telemetry

/// Says in the log what happens in the session, and what to do about it.
struct SessionLog: Sendable {
  private let log: Logger
  private let settings: SessionSettings
  private let notices: Shared<MessageNotices>

  init(log: Logger, settings: SessionSettings) {
    self.log = log
    self.settings = settings
    notices = Shared(MessageNotices(largestPayloadBytes: settings.maxPayloadBytes))
  }

  @Sendable
  func report(_ event: SessionEvent) {
    switch event {
    case .connecting(let broker): log.info("connecting to \(broker)")
    case .connected(let broker, let resumed, let lostSession):
      log.notice("connected to \(broker), session \(resumed ? "resumed" : "new")")
      if lostSession {
        log.error(
          """
          the broker no longer knows our session: what it held for us is lost (session_present=0); does it keep sessions \
          on its disk, and was the gateway away for longer than mqtt.session_expiry?
          """)
      }
    case .subscribed(let filters): log.notice("subscribed to \(filters.joined(separator: ", "))")
    case .unsubscribed(let filters): log.notice("no longer subscribed to \(filters.joined(separator: ", "))")
    case .subscriptionRefused(let filter, let code):
      log.error(
        """
        the broker refuses the subscription \(filter) (reason \(code)): check the broker's access rules; it is asked for \
        again at the next connection
        """)
    case .disconnected(let loss): report(loss)
    case .received(let qualities):
      notices.update { for sentence in $0.sentences(qualities, now: .now) { log.warning("\(sentence)") } }
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
    case .refused(let refusal): log.error("the broker refuses the connection: \(refusal.words)\(advice(refusal))")
    case .untrusted(let reason): log.error("no connection to the broker: \(reason)")
    case .unreachable(let reason): log.warning("no connection to the broker: \(reason)")
    case .broken(let reason): log.warning("the connection to the broker broke: \(reason); connecting anew")
    case .takenOver: log.error("another client has taken our place: \(rivalQuestion)")
    case .cutShort(let times):
      log.error(
        """
        the broker took us in and closed the connection soon after, \(times) times in a row: \(rivalQuestion); else the \
        broker's log says why
        """)
    case .silent:
      log.warning(
        """
        the broker is silent: nothing came for mqtt.keepalive (\(settings.keepalive.text)), not even the answer to a \
        ping; connecting anew
        """)
    case .noConnack: log.warning("the broker does not answer the connection")
    case .flushStalled: log.warning("the broker takes no acknowledgements; connecting anew")
    case .ringFull: log.warning("the pipeline is behind for long; staying away from the broker until there is room")
    case .diskFull: log.warning("the disk is full for long; staying away from the broker until there is room")
    }
  }

  private var rivalQuestion: String {
    "is a second gateway running with mqtt.client_id \(settings.clientID)? each needs its own"
  }

  private func advice(_ refusal: Refusal) -> String {
    switch refusal.cause {
    case .credentials: "; check mqtt.username, mqtt.password_file and the broker's users"
    case .clientID: "; does the broker allow mqtt.client_id \(settings.clientID)?"
    case .version: "; mqtt.protocol can be 5 or 3.1.1"
    case .unavailable, .other: ""
    }
  }
}
