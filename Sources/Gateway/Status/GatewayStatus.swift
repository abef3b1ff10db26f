import DurableSQLite
import Ingest
import Sparkplug
import Storage
import Telemetry

/// What the gateway does at a moment.
public struct GatewayStatus: Sendable {
  public var session: SessionStatus
  public var devices: Int
  public var series: Int
  public var windowsInMemory: Int
  /// Windows that have not ended yet.
  public var openWindows: Int
  public var ringOccupancy: Int
  public var ringCapacity: Int
  /// The last sequence journaled, and the last one that the store has taken in.
  public var journalHead: UInt64
  public var appliedSequence: UInt64
  public var checkpointTime: Duration
  public var samplesInMemory: Int
  /// Ids of messages that are known, and how many went before their time because there were too many.
  public var messageIdentities: Int
  public var messageIdentitiesCrowdedOut: Int64
  public var storeUsage: Store.Usage
  public var sparkplug: HostApplication.Status
  public var isDiskFull: Bool
  var streams: StreamHub.Counts
  var alerts: AlertStatus
  /// Room on the disk that is kept for a full disk; nil while it is in use.
  public var ballastBytes: Int64?
  /// Messages wait, and for a minute no checkpoint was written.
  public var isPipelineStalled: Bool

  /// How long more has been there than was taken, without a break.
  public var behind: Duration? { session.behindSince.map { .now - $0 } }
  /// A burst takes less.
  private static let longestBehind = Duration.seconds(5)

  /// How long the journal has been waiting for its disk; nil where it does not.
  public var waitsForDisk: Duration? { session.commitBegan.map { .now - $0 } }

  /// Messages in the journal that the store has not taken in.
  public var pending: UInt64 { journalHead - min(journalHead, appliedSequence) }

  /// Why the gateway should get no traffic; empty where it is ready.
  public var obstacles: [String] {
    var obstacles: [String] = []
    if !session.isConnected {
      obstacles.append("not connected to the broker")
    } else if !session.isSubscribed {
      obstacles.append("not subscribed")
    }
    if isDiskFull { obstacles.append("the disk is full") }
    if isPipelineStalled { obstacles.append("the pipeline has written no checkpoint for a minute") }
    return obstacles
  }

  /// What makes it slow, and no reason to give it no traffic.
  public var strains: [String] {
    var strains: [String] = []
    if let seconds = waitsForDisk?.components.seconds, seconds > 0 {
      strains.append("the disk has not taken a commit for \(seconds) s")
    }
    if let behind, behind >= Self.longestBehind {
      strains.append("more comes than can be taken, for \(behind.components.seconds) s; the broker queues")
    }
    return strains
  }
}

/// Reads the state of the running parts for health, metrics and the ledger, from any thread.
final class GatewayMonitor: Sendable {
  let reader: StoreReader
  /// Nil where the server cannot listen.
  let httpPort = Promise<Int?>()
  private let session: Session
  private let ring: MessageRing
  private let ballast: Ballast
  /// Where the pipeline leaves what the streams tell.
  let streams: StreamHub
  private let alerts: AlertBoard
  private let pipelineStatus: @Sendable () -> PipelineStatus
  private let applied: SequenceCursor

  init(session: Session, pipeline: Pipeline, ring: MessageRing, ballast: Ballast, reader: StoreReader) {
    self.session = session
    self.ring = ring
    self.ballast = ballast
    self.reader = reader
    applied = pipeline.applied
    streams = pipeline.streams
    alerts = pipeline.alertBoard
    let shared = pipeline.sharedStatus
    pipelineStatus = { shared.value }
  }

  var status: GatewayStatus {
    let session = session.currentStatus
    let pipeline = pipelineStatus()
    let appliedSequence = applied.sequence
    let head = self.session.head.sequence
    return GatewayStatus(
      session: session, devices: pipeline.devices, series: pipeline.series,
      windowsInMemory: pipeline.windowsInMemory, openWindows: pipeline.openWindows,
      ringOccupancy: ring.occupancy, ringCapacity: ring.capacity, journalHead: head, appliedSequence: appliedSequence,
      checkpointTime: pipeline.checkpointTime, samplesInMemory: pipeline.samplesInMemory,
      messageIdentities: pipeline.messageIdentities,
      messageIdentitiesCrowdedOut: pipeline.messageIdentitiesCrowdedOut, storeUsage: pipeline.storeUsage,
      sparkplug: pipeline.sparkplug,
      isDiskFull: session.isDiskFull || pipeline.isDiskFull, streams: streams.counts,
      alerts: alerts.status,
      ballastBytes: ballast.isHeld ? ballast.bytes : nil,
      isPipelineStalled: head > appliedSequence && ContinuousClock.now - pipeline.checkpointedAt > .seconds(60))
  }

  /// Which topics have come since the start.
  var survey: TopicSurvey { pipelineStatus().survey }

  /// The ledger of one moment.
  func ledger() async throws -> Ledger {
    let head = session.head
    // The head is read after the snapshot was begun: it is never behind it.
    return try await reader.read { snapshot in try snapshot.ledger { head.sequence } }
  }
}
