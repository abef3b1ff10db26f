import Foundation
import Telemetry

/// A series as the store knows it.
public struct SeriesRecord: Equatable, Sendable {
  public var id: SeriesID
  public var deviceID: Int64
  public var metric: String
  public var kind: MetricKind
  /// Canonical unit; empty for states.
  public var unit: String
  /// How often the device is to report; nil where its profile does not say.
  public var interval: Duration?
  /// Where a counter begins anew at zero; 0 where it has no such value.
  public var modulus: Double
  /// A reading of the same time and value as another is that one again.
  public var dropsRepeats: Bool

  public init(
    id: SeriesID, deviceID: Int64, metric: String, kind: MetricKind, unit: String, interval: Duration? = nil,
    modulus: Double = 0, dropsRepeats: Bool = false
  ) {
    self.id = id
    self.deviceID = deviceID
    self.metric = metric
    self.kind = kind
    self.unit = unit
    self.interval = interval
    self.modulus = modulus
    self.dropsRepeats = dropsRepeats
  }

  /// How its windows are joined. Whether its metric wants quantiles only its profile knows.
  public var rule: SeriesRule {
    SeriesRule(kind: kind, interval: interval, modulus: modulus, dropsRepeats: dropsRepeats)
  }
}

/// A profile as it was at some time.
public struct ProfileVersion: Equatable, Sendable {
  public var id: UInt32
  public var profile: String
  /// Of the text of its file.
  public var hash: UInt64
  /// When the last message before the first checkpoint that knew of it was received.
  public var usedFrom: Timestamp

  public init(id: UInt32, profile: String, hash: UInt64, usedFrom: Timestamp) {
    self.id = id
    self.profile = profile
    self.hash = hash
    self.usedFrom = usedFrom
  }
}

/// The id that a device gave a message, so that the same message is known when it is sent again.
public struct MessageIdentity: Equatable, Sendable {
  public var deviceID: Int64
  public var hash: UInt64
  public var receivedAt: Timestamp

  public init(deviceID: Int64, hash: UInt64, receivedAt: Timestamp) {
    self.deviceID = deviceID
    self.hash = hash
    self.receivedAt = receivedAt
  }
}

/// What a host application remembers of a Sparkplug node, as it wrote it.
public struct SparkplugNodeRecord: Equatable, Sendable {
  public var name: String
  /// Nil where it has not changed.
  public var births: Data?
  public var sequence: Data

  public init(name: String, births: Data?, sequence: Data) {
    self.name = name
    self.births = births
    self.sequence = sequence
  }
}

/// A message kept because it could not be decoded.
public struct DeadLetter: Equatable, Sendable {
  /// Its sequence in the journal.
  public var id: UInt64
  public var receivedAt: Timestamp
  public var topic: Data
  public var payload: Data
  public var qos: Int
  public var isRetained: Bool
  public var profile: String?
  public var reason: DeadLetterReason
  public var detail: String
  /// Where the ledger counts it.
  public var route: String

  public init(
    id: UInt64, receivedAt: Timestamp, topic: Data, payload: Data, qos: Int, isRetained: Bool, profile: String?,
    reason: DeadLetterReason, detail: String, route: String = Ledger.noRoute
  ) {
    self.id = id
    self.receivedAt = receivedAt
    self.topic = topic
    self.payload = payload
    self.qos = qos
    self.isRetained = isRetained
    self.profile = profile
    self.reason = reason
    self.detail = detail
    self.route = route
  }
}

/// Where a dead letter is counted in the ledger.
public struct LetterAccount: Equatable, Sendable {
  public var route: String
  public var reason: DeadLetterReason

  public init(route: String, reason: DeadLetterReason) {
    self.route = route
    self.reason = reason
  }
}

/// All that has changed since the last checkpoint, up to one journal sequence. Written in one transaction.
public struct Checkpoint: Sendable {
  /// The journal that the sequences are of.
  public var journalID = Data()
  /// Everything up to it is in the checkpoint.
  public var appliedSequence: UInt64 = 0
  /// The latest time of receipt so far.
  public var heardAt = Timestamp(microseconds: 0)
  /// By the machine's clock.
  public var writtenAt = Timestamp(microseconds: 0)
  /// Messages at QoS 0, of all time.
  public var receivedAtQoS0: Int64 = 0
  /// New ones, and those whose profile or first receipt has changed. Listings are written apart.
  public var devices: [DeviceRecord] = []
  /// New and changed ones.
  public var listings: [(deviceID: Int64, listing: DeviceListing)] = []
  /// All of them; nil where they have not changed.
  public var profileMetrics: [ProfileMetric]?
  /// New values.
  public var tags: [TagRecord] = []
  /// New ones, and those whose interval has changed.
  public var series: [SeriesRecord] = []
  /// New state names with their numbers.
  public var states: [(id: Int64, name: String)] = []
  /// New ones.
  public var profileVersions: [ProfileVersion] = []
  /// Windows of the shortest length, and their samples.
  public var changes = WindowTable.Changes()
  /// New ones, in the order of receipt.
  public var identities: [MessageIdentity] = []
  /// How many of the oldest identities are not looked at any more.
  public var identitiesForgotten = 0
  /// Those that have changed.
  public var sparkplugNodes: [SparkplugNodeRecord] = []
  /// Newest readings that have changed, by series.
  public var latest: [LatestChange] = []
  /// Dead letters that were read again, in the order of their ids; they go before new ones come.
  public var deadLettersOpened: [UInt64] = []
  /// New ones, in their order.
  public var deadLetters: [DeadLetter] = []
  /// Whole accounts of the routes that have changed.
  public var messages: [(route: String, account: Account)] = []
  /// Whole accounts of the devices that have changed.
  public var readings: [(deviceID: Int64, account: Account)] = []
  /// New ones, and those that have ended.
  public var audit: [AuditRecord] = []
  /// Nil where there are no alerts.
  public var alerts: AlertChanges?

  /// It changes what `StoreSnapshot.directoryRevision` counts.
  var changesDirectory: Bool {
    !devices.isEmpty || !listings.isEmpty || profileMetrics != nil || !tags.isEmpty || !series.isEmpty
      || !states.isEmpty
  }

  public init() {}
}
