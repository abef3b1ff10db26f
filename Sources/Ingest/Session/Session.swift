import CLinux
import DurableSQLite
import Foundation
import Glibc
import Synchronization

/// The session thread: asks the state machine, lets the worker do it, and waits where there is nothing to do.
public final class Session: @unchecked Sendable {
  /// The last sequence that the store has taken in; written by the pipeline.
  public let applied: SequenceCursor
  /// The last sequence journaled; written here.
  public var head: SequenceCursor { worker.head }
  public var hearing: Hearing { worker.hearing }

  private let ring: MessageRing
  private let stopping = SessionStop()
  private let requests = SessionRequests()
  private let isAbandoned = Atomic<Bool>(false)
  /// Of the session thread alone, but for its status.
  private let worker: SessionWorker<MosquittoClient>

  /// In one TLS record libmosquitto may hand out more messages than were asked for: as many as fit into 16 KiB.
  static let messagesPerRead = 2400
  /// Packets in a read, of whatever kind: a broker that never stops sending does not keep the thread from its other work.
  static let packetsPerRead = 4096
  /// What is kept of a payload that is too large.
  static let cutPayloadBytes = 4096

  public init(
    _ settings: SessionSettings, journal: Journal, ballast: Ballast = .none, ring: MessageRing, applied: SequenceCursor,
    report: @escaping @Sendable (SessionEvent) -> Void
  ) {
    self.ring = ring
    self.applied = applied
    worker = SessionWorker(
      settings, journal: journal, ballast: ballast, ring: ring, applied: applied, stop: stopping, requests: requests,
      clock: .machine, random: { .random(in: 0 ... .max) }, makeClient: MosquittoClient.init, report: report)
  }

  /// Bytes that a ring must have for these settings.
  public static func leastArenaBytes(maxPayloadBytes: Int) -> Int {
    4 * largestRead(maxPayloadBytes: maxPayloadBytes)
  }

  /// The bytes of frames that one read may bring: the largest message, and a TLS record full of small ones.
  static func largestRead(maxPayloadBytes: Int) -> Int {
    let smallFrames = messagesPerRead * MessageFrame.headerBytes + (16 << 10)
    return MessageFrame.headerBytes + 65535 + max(maxPayloadBytes, cutPayloadBytes) + smallFrames
  }

  // MARK: From any thread

  public var currentStatus: SessionStatus { worker.currentStatus }

  /// Commits and acknowledges what was read, says goodbye and lets `run` return.
  public func stop() {
    stopping.request()
    ring.hasRoom.ring()
  }

  /// Lets `run` return at once, with nothing more committed or acknowledged.
  public func abandon() {
    isAbandoned.store(true, ordering: .sequentiallyConsistent)
    stop()
  }

  /// Has another catalogue decode, and its topics subscribed to, from the next message on.
  ///
  /// - Parameters:
  ///   - files: as the journal keeps them.
  ///   - announce: called on the session's thread with the sequence of that message, before it is journaled.
  /// - Returns: that sequence.
  /// - Throws: `DatabaseFailure`; then nothing has changed.
  public func putInForce(
    _ files: Data, filters: [String], announce: @escaping @Sendable (UInt64) -> Void
  ) async throws -> UInt64 {
    try await request { .catalogue(files, filters: filters, announce: announce, $0) }
  }

  /// Journals dead letters as messages to be read again.
  ///
  /// - Parameter letters: few enough for the ring.
  /// - Returns: the sequence of the last one.
  /// - Throws: `DatabaseFailure` where the gateway ends before they are journaled.
  public func replay(_ letters: [ReplayedLetter]) async throws -> UInt64 {
    try await request { .letters(letters, $0) }
  }

  private func request(_ make: (@escaping SessionRequests.Reply) -> SessionRequests.Request) async throws -> UInt64 {
    try await withCheckedThrowingContinuation { continuation in
      requests.post(make { continuation.resume(with: $0) })
      ring.hasRoom.ring()
    }
  }

  // MARK: The session thread

  /// Runs until `stop`.
  ///
  /// - Throws: `DatabaseFailure` where the journal cannot be relied on any more. Nothing is acknowledged after that.
  public func run() throws(DatabaseFailure) {
    defer {
      worker.abandonConnection()
      worker.closeRequests()
    }
    while !isAbandoned.load(ordering: .sequentiallyConsistent) {
      try worker.serveRequests()
      switch worker.next() {
      case .finish: return
      case .wait(let interest, let until): wait(for: interest, until: until)
      case let step: try worker.perform(step)
      }
    }
  }

  private func wait(for interest: SessionStateMachine.Interest, until: SessionStateMachine.Instant) {
    var descriptors = [pollfd(fd: ring.hasRoom.descriptor, events: Int16(POLLIN), revents: 0)]
    let socket = worker.client?.descriptor ?? -1
    let events = socketEvents(interest)
    if socket >= 0, events != 0 { descriptors.append(pollfd(fd: socket, events: events, revents: 0)) }
    ring.hasRoom.arm()
    // Whoever rings does so after its work: what came before the arming is seen here.
    let isNewStop = stopping.isRequested && !worker.machine.isStopping
    let isAwaited = isNewStop || worker.hasRequests || (interest == .room && worker.hasRoom)
    if !isAwaited { _ = linux_poll(&descriptors, UInt64(descriptors.count), max(until - .now, .zero).nanoseconds) }
    ring.hasRoom.reset()
    worker.waitEnded(socketIsReady: descriptors.count > 1 && descriptors[1].revents != 0)
  }

  private func socketEvents(_ interest: SessionStateMachine.Interest) -> Int16 {
    switch interest {
    case .time, .room: 0
    case .reading: Int16(POLLIN)
    case .writing: Int16(POLLOUT)
    case .readingOrWriting: Int16(POLLIN) | (worker.client?.wantsWrite == true ? Int16(POLLOUT) : 0)
    }
  }
}
