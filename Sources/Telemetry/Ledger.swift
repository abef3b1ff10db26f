/// Why a message is kept as a dead letter.
public enum DeadLetterReason: String, CaseIterable, Sendable {
  /// The topic is too long, no UTF-8, or holds control characters.
  case topic
  /// No profile claims the topic.
  case noProfile = "no-profile"
  /// The payload has no bytes.
  case empty
  /// The payload is not what the profile's format says.
  case malformed
  /// The payload's own length or checksum does not fit: it was changed on its way.
  case checksum
  /// The payload has short names for its metrics, and no birth that gives them a meaning is in force.
  case birth
  /// The payload has no time stamp where the profile wants one, or one that is none.
  case time
  /// The time stamp lies beyond `windows.future_limit` after the receipt.
  case future
  /// The time stamp lies beyond `windows.past_limit` before the receipt.
  case past
  /// The device id is missing, empty, too long or holds control characters.
  case device
  /// The message holds none of the profile's metrics.
  case noMetric = "no-metric"
  /// The gateway knows as many devices as it may.
  case deviceLimit = "device-limit"
  /// Only devices of the registry are taken, and this one is not in it.
  case unlisted
  /// The payload is larger than `mqtt.max_packet`; its beginning is kept.
  case oversize
}

/// Why a message was left alone.
public enum IgnoreReason: String, CaseIterable, Sendable {
  /// A retained message without a time stamp of its own.
  case retained
  /// It steers a session, or tells of one, or of what no profile is for: a Sparkplug command, birth or death, or data of a
  /// node or device that is of interest for others' sake.
  case session
  /// A Sparkplug message that holds none of the profile's metrics: it holds what has changed, and no more.
  case noMetric = "no-metric"
  /// It was a dead letter, and was read again: it counts where that was.
  case replayed
}

/// Why messages, or readings, are gone.
public enum LossReason: String, CaseIterable, Sendable {
  /// The journal and the store were not restored to the same moment.
  case restore
  /// The disk has changed what was written; it was found and could not be saved.
  case damage
}

/// Why a good reading was not aggregated.
public enum RejectReason: String, CaseIterable, Sendable {
  /// From a retained message: it sets the latest value, and was counted when it was published.
  case retained
  /// Of a message whose other readings count: the time stamp lies beyond `windows.future_limit` after the receipt.
  case future
  /// The same, beyond `windows.past_limit` before the receipt.
  case past
  /// The same, without a time stamp to go by where the profile wants one.
  case time
}

/// What became of a message.
public enum MessageOutcome: Hashable, Sendable {
  case decoded
  /// Delivered again by the broker before our acknowledgement reached it.
  case duplicate
  case deadLettered(DeadLetterReason)
  case ignored(IgnoreReason)
  case lost(LossReason)
}

/// What became of a reading.
public enum ReadingOutcome: Hashable, Sendable {
  case aggregated
  case bad(Quality)
  /// Sent again; it counts where it came first.
  case duplicate
  case rejected(RejectReason)
  case lost(LossReason)
}

/// An outcome as it is stored and shown: a word, and a reason where the word has some.
public protocol LedgerOutcome: Hashable, Sendable {
  var word: String { get }
  var reason: String? { get }
}

extension MessageOutcome: LedgerOutcome {
  public var word: String {
    switch self {
    case .decoded: "decoded"
    case .duplicate: "duplicate"
    case .deadLettered: "dead-lettered"
    case .ignored: "ignored"
    case .lost: "lost"
    }
  }

  public var reason: String? {
    switch self {
    case .decoded, .duplicate: nil
    case .deadLettered(let reason): reason.rawValue
    case .ignored(let reason): reason.rawValue
    case .lost(let reason): reason.rawValue
    }
  }
}

extension ReadingOutcome: LedgerOutcome {
  public var word: String {
    switch self {
    case .aggregated: "aggregated"
    case .bad: "bad"
    case .duplicate: "duplicate"
    case .rejected: "rejected"
    case .lost: "lost"
    }
  }

  public var reason: String? {
    switch self {
    case .aggregated, .duplicate: nil
    case .bad(let quality): quality.reason
    case .rejected(let reason): reason.rawValue
    case .lost(let reason): reason.rawValue
    }
  }
}

/// The account of one topic route, or of one device: how many came in, and what became of them.
///
/// The two sides are counted in different places, on entry and on exit, so that they can disagree.
public struct Account: Equatable, Sendable {
  /// An outcome: a word, and a reason where the word has some.
  public struct Entry: Hashable, Comparable, Sendable {
    public var word: String
    public var reason: String?

    public init(word: String, reason: String?) {
      self.word = word
      self.reason = reason
    }

    /// Of a reading that is in its window.
    public static let aggregated = Entry(
      word: ReadingOutcome.aggregated.word, reason: ReadingOutcome.aggregated.reason)

    public static func < (left: Entry, right: Entry) -> Bool {
      (left.word, left.reason ?? "") < (right.word, right.reason ?? "")
    }
  }

  public var entered: Int64
  public var outcomes: [Entry: Int64]

  public init(entered: Int64 = 0, outcomes: [Entry: Int64] = [:]) {
    self.entered = entered
    self.outcomes = outcomes
  }

  /// How many have an outcome.
  public var settled: Int64 { outcomes.values.reduce(0, +) }

  /// Adds another account's counts.
  public static func += (left: inout Account, right: Account) {
    left.entered += right.entered
    left.outcomes.merge(right.outcomes, uniquingKeysWith: +)
  }
}

/// The account of what became of every message and every reading, at one moment.
public struct Ledger: Equatable, Sendable {
  /// By topic route; what matched none stands under `Ledger.noRoute`.
  public var messages: [String: Account]
  /// By device.
  public var readings: [String: Account]
  /// Messages that the journal has numbered, from the first on.
  public var received: Int64
  /// Messages in the journal that the store has not taken in.
  public var pending: Int64
  /// How many of the messages came at QoS 0, without the promise of durability before the commit.
  public var receivedAtQoS0: Int64
  /// Dead letters that had to go because there were too many.
  public var deadLettersDropped: Int64

  public init(
    messages: [String: Account], readings: [String: Account], received: Int64, pending: Int64, receivedAtQoS0: Int64,
    deadLettersDropped: Int64 = 0
  ) {
    self.messages = messages
    self.readings = readings
    self.received = received
    self.pending = pending
    self.receivedAtQoS0 = receivedAtQoS0
    self.deadLettersDropped = deadLettersDropped
  }

  /// The route of messages whose topic no profile claims.
  public static let noRoute = "(none)"

  /// The accounts of all routes in one.
  public var allMessages: Account {
    messages.values.reduce(into: Account()) { $0 += $1 }
  }

  /// The accounts of all devices in one.
  public var allReadings: Account {
    readings.values.reduce(into: Account()) { $0 += $1 }
  }

  /// A sentence for each sum that does not come out; empty where the ledger balances.
  public func imbalances() -> [String] {
    var found: [String] = []
    let settled = allMessages.settled
    if received != settled + pending {
      found.append("messages: \(received) received, but \(settled) settled and \(pending) pending")
    }
    for (route, account) in messages.sorted(by: { $0.key < $1.key }) where account.entered != account.settled {
      found.append("messages of \(route): \(account.entered) taken in, but \(account.settled) settled")
    }
    for (device, account) in readings.sorted(by: { $0.key < $1.key }) where account.entered != account.settled {
      found.append("readings of \(device): \(account.entered) made, but \(account.settled) settled")
    }
    return found
  }
}
