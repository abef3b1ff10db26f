import Alerting
import DeviceCatalog
import DurableSQLite
import Glibc
import Ingest
import Storage
import Synchronization

/// The pipeline thread's loop: empties the ring and keeps the checkpoint's beat.
final class PipelineLoop: @unchecked Sendable {
  private var pipeline: Pipeline
  private let ring: MessageRing
  /// Nil where nobody listens.
  private let hearing: Hearing?
  private let ballast: Ballast
  private let checkpointInterval: Duration
  private let beat: @Sendable (Pipeline) -> Void
  private let ending = Atomic<UInt8>(Ending.none.rawValue)
  /// Catalogues that are to decode, each from a sequence on, in their order; and the first of these sequences.
  private let successors = Mutex<[(first: UInt64, catalogue: Catalogue, rules: RuleSet)]>([])
  private let nextChange = Atomic<UInt64>(.max)
  private let reportFull: @Sendable (String) -> Void
  private let reportNearlyFull: @Sendable (Store.Usage) -> Void
  private var isNearlyFull = false
  private var alertsWrittenAt = ContinuousClock.now
  /// Set by a checkpoint: what comes with it, messages and alerts that had to wait, comes first.
  private var isUpkeepDue = false

  private enum Ending: UInt8 {
    case none
    /// The producer is done: empty the ring, checkpoint, return.
    case drain
    /// Return at once; the next start replays.
    case abandon
  }

  /// Messages between two looks at the clock.
  private static let messagesAtOnce = 4096
  private static let nearlyFullShare = 0.8
  /// Between messages, where none waits.
  private static let upkeepAtOnce = Duration.milliseconds(5)
  /// Between two checkpoints, where messages never cease.
  private static let upkeepAtLeast = Duration.milliseconds(20)
  private static let fullRetryInterval = Duration.seconds(1)
  /// Between two writes of alerts; in a storm of them many go together.
  private static let alertInterval = Duration.milliseconds(5)

  /// - Parameter beat: called after each checkpoint, for what has to be done in time.
  init(
    _ pipeline: Pipeline, ring: MessageRing, hearing: Hearing? = nil, ballast: Ballast, checkpointInterval: Duration,
    beat: @escaping @Sendable (Pipeline) -> Void,
    reportFull: @escaping @Sendable (String) -> Void,
    reportNearlyFull: @escaping @Sendable (Store.Usage) -> Void
  ) {
    self.pipeline = pipeline
    self.ring = ring
    self.hearing = hearing
    self.ballast = ballast
    self.checkpointInterval = checkpointInterval
    self.beat = beat
    self.reportFull = reportFull
    self.reportNearlyFull = reportNearlyFull
    pipeline.audit.connect { [ring] in ring.hasMessages.ring() }
    pipeline.alertMail.connect { [ring] in ring.hasMessages.ring() }
  }

  /// To be called once nothing more will be published.
  func drain() { end(.drain) }

  func abandon() { end(.abandon) }

  /// Has a catalogue decode, and rules look, from a sequence on. To be called before that message is published.
  func putInForce(_ catalogue: Catalogue, _ rules: RuleSet, from sequence: UInt64) {
    successors.withLock { successors in
      // Nothing came in between.
      successors.removeAll { $0.first == sequence }
      successors.append((sequence, catalogue, rules))
      nextChange.store(successors[0].first, ordering: .sequentiallyConsistent)
    }
    ring.hasMessages.ring()
  }

  private func end(_ ending: Ending) {
    self.ending.store(ending.rawValue, ordering: .sequentiallyConsistent)
    ring.hasMessages.ring()
  }

  /// Runs until `drain` or `abandon`.
  ///
  /// - Throws: `DatabaseFailure` where the store cannot be relied on any more.
  func run() throws(DatabaseFailure) {
    defer { pipeline.alertMail.close() }
    var nextCheckpoint = ContinuousClock.now + checkpointInterval
    while true {
      let ending = ending.load(ordering: .sequentiallyConsistent)
      if ending == Ending.abandon.rawValue { return }
      // What was received by then is in the ring, or has been taken from it.
      let heard = hearing?.span
      let readable = ring.readable()
      pipeline.alerts?.listen(heard, isDrained: readable.isEmpty)
      if isChangeDue {
        guard try changeCatalogue() else { return }
      } else if readable.isEmpty {
        if ending == Ending.drain.rawValue { break }
        if isUpkeepDue { try upkeep(PipelineLoop.upkeepAtOnce) } else { waitForMessages(until: nextCheckpoint) }
      } else {
        try take(readable.prefix(PipelineLoop.messagesAtOnce))
      }
      if isAlertDue { try writeAlerts() }
      if ContinuousClock.now >= nextCheckpoint || pipeline.needsCheckpoint {
        // Nobody who is to be called waits for what comes now.
        if pipeline.alertsAreUrgent { try writeAlerts() }
        if isUpkeepDue { try upkeep(PipelineLoop.upkeepAtLeast) }
        if try checkpoint() {
          beat(pipeline)
          isUpkeepDue = true
        }
        nextCheckpoint = .now + checkpointInterval
      }
    }
    _ = try checkpoint()
    try pipeline.close()
  }

  private func take(_ messages: Range<Int>) throws(DatabaseFailure) {
    var taken = messages.lowerBound
    // Looked at behind what is readable: whoever publishes has stored it before.
    let change = nextChange.load(ordering: .sequentiallyConsistent)
    for index in messages {
      let message = ring.message(at: index)
      if message.sequence >= change { break }
      try pipeline.process(message)
      taken = index + 1
      if pipeline.needsCheckpoint || isAlertDue { break }
    }
    ring.release(before: taken)
  }

  private var isAlertDue: Bool {
    pipeline.alertsAreUrgent && .now - alertsWrittenAt >= PipelineLoop.alertInterval
  }

  /// Where the disk is full the checkpoint says so, and writes them too.
  private func writeAlerts() throws(DatabaseFailure) {
    alertsWrittenAt = .now
    do {
      try pipeline.writeAlerts()
    } catch {
      guard case .full = error else { throw error }
      ballast.release()
    }
  }

  private var isChangeDue: Bool {
    pipeline.appliedSequence + 1 >= nextChange.load(ordering: .sequentiallyConsistent)
  }

  /// Lets the pipeline that decodes by the next catalogue take over.
  ///
  /// - Returns: false where it was told to end before.
  private func changeCatalogue() throws(DatabaseFailure) -> Bool {
    guard try checkpoint() else { return false }
    let next = successors.withLock { successors in
      let first = successors.removeFirst()
      nextChange.store(successors.first?.first ?? .max, ordering: .sequentiallyConsistent)
      return first
    }
    pipeline = try Pipeline(next.catalogue, rules: next.rules, succeeding: pipeline)
    return true
  }

  private func waitForMessages(until: ContinuousClock.Instant) {
    ring.hasMessages.arm()
    if ring.readable().isEmpty, !isChangeDue, !pipeline.needsCheckpoint, !pipeline.alertsAreUrgent,
      ending.load(ordering: .sequentiallyConsistent) == Ending.none.rawValue
    {
      ring.hasMessages.wait(atMost: until - .now)
    }
    ring.hasMessages.reset()
  }

  /// A little of it behind each checkpoint, so that it never holds one up; more where nothing waits.
  private func upkeep(_ span: Duration) throws(DatabaseFailure) {
    defer { warnOfTheLimit() }
    do {
      isUpkeepDue = try pipeline.upkeep(atMost: span)
    } catch {
      // It is tried again after the next checkpoint, with the room of the ballast: retention makes more.
      guard case .full = error else { throw error }
      isUpkeepDue = false
      ballast.release()
    }
  }

  /// Says once when the store comes near the bytes it may take, before anything goes for want of them.
  private func warnOfTheLimit() {
    let usage = pipeline.sharedStatus.value.storeUsage
    let isNear = usage.share >= PipelineLoop.nearlyFullShare
    if isNear, !isNearlyFull { reportNearlyFull(usage) }
    isNearlyFull = isNear
  }

  /// Where the disk is full the ballast gives its room. Where that is not enough nothing more is taken from the ring
  /// until the checkpoint is through: the ring fills, the session stops reading, the broker queues.
  ///
  /// - Returns: false where it was told to end before the checkpoint was through.
  private func checkpoint() throws(DatabaseFailure) -> Bool {
    var isReported = false
    while true {
      do {
        try pipeline.checkpoint()
        return true
      } catch {
        guard case .full(let detail) = error else { throw error }
        if ballast.release() { continue }
        if !isReported { reportFull(detail) }
        isReported = true
      }
      let retryAt = ContinuousClock.now + PipelineLoop.fullRetryInterval
      while ContinuousClock.now < retryAt {
        if ending.load(ordering: .sequentiallyConsistent) != Ending.none.rawValue { return false }
        usleep(50_000)
      }
    }
  }
}
