import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The connection of one stream, for as long as it lasts.
///
/// It ends where the client goes, does not keep up, may not ask any more, or the gateway stops. A client that reads
/// nothing costs a task, a bounded send buffer and one piece of text, for `longestWrite` at most.
struct StreamConnection: Sendable {
  /// Whether the client may still ask.
  let isAdmitted: @Sendable () -> Bool
  let ticket: StreamTicket
  let channel: any Channel
  let log: Logger

  static let heartbeat = Duration.seconds(15)
  /// A connection that takes nothing for so long is ended.
  static let longestWrite = Duration.seconds(10)
  /// How long the last events may take once the gateway stops.
  private static let longestEnd = Duration.seconds(1)
  private static let admissionInterval = Duration.seconds(2)
  private static let pieceBytes = 32 << 10
  private static let sendBufferBytes = 256 << 10

  private var hub: StreamHub { ticket.hub }

  /// Tells a client what there is, until something ends it.
  ///
  /// - Parameter body: of the request; its end is that of the client.
  func run(_ teller: consuming StreamTeller, _ writer: inout any ResponseBodyWriter, _ body: RequestBody) async throws {
    try? await setSocket()
    let state = Progress()
    var teller = teller
    do {
      try await body.consumeWithInboundCloseHandler { _ in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { await watch(state) }
          defer { group.cancelAll() }
          try await tell(&teller, &writer, state)
        }
      } onInboundClosed: {
        state.leave()
        ticket.wake()
      }
    } catch {
      count(&teller)
      let drop = error as? StreamHub.Drop ?? (state.isStalled || Self.isTimeout(error) ? .stalled : nil)
      guard let drop else { throw error }
      hub.count(drop)
      log.warning(
        "a stream is ended, for its client does not keep up (\(drop.rawValue)); it may go on with Last-Event-ID")
      guard drop == .behind else { throw error }
    }
    count(&teller)
    try await writer.finish(nil)
    // A client that reads nothing would keep the connection until it is idle for long.
    channel.eventLoop.scheduleTask(in: .seconds(1)) { [channel] in channel.close(promise: nil) }
  }

  private func count(_ teller: inout StreamTeller) {
    let told = teller.takeCounts()
    if !told.isEmpty { hub.count(told) }
  }

  private static func isTimeout(_ error: any Error) -> Bool { (error as? IOError)?.errnoCode == ETIMEDOUT }

  /// The kernel keeps little for a client that does not read, and gives up one that has vanished.
  private func setSocket() async throws {
    try await channel.setOption(ChannelOptions.socketOption(.so_sndbuf), value: Self.sendBufferBytes).get()
    let milliseconds = Int((Self.longestWrite + .seconds(5)).components.seconds * 1000)
    let name = NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)
    try await channel.setOption(ChannelOptions.Types.SocketOption(level: .tcp, name: name), value: milliseconds).get()
  }

  // MARK: Telling

  private func tell(
    _ teller: inout StreamTeller, _ writer: inout any ResponseBodyWriter, _ state: Progress
  ) async throws {
    var beatAt = ContinuousClock.now
    var admittedAt = ContinuousClock.now
    // Shows that it is there before anything is told.
    try await write(beat(nil), &writer, state)
    for await _ in ticket.signals {
      while let text = try await teller.next() {
        if !text.isEmpty {
          try await write(text, &writer, state)
          beatAt = .now
        }
        if mayEnd(state) || .now - admittedAt >= Self.admissionInterval { break }
      }
      count(&teller)
      if state.hasLeft || teller.isOver || hub.endedAt != nil { return }
      if .now - beatAt >= Self.heartbeat {
        beatAt = .now
        try await write(beat(teller.position), &writer, state)
      }
      if .now - admittedAt >= Self.admissionInterval {
        admittedAt = .now
        guard isAdmitted() else { return }
        // There may be more than was told before the look.
        ticket.wake()
      }
    }
  }

  private func beat(_ position: StreamPosition?) -> Data {
    var text = Data()
    StreamEvent.beat(position, to: &text)
    return text
  }

  private func mayEnd(_ state: Progress) -> Bool {
    state.hasLeft || hub.endedAt.map { .now - $0 >= Self.longestEnd } ?? false
  }

  private func write(_ text: Data, _ writer: inout any ResponseBodyWriter, _ state: Progress) async throws {
    var rest = text[...]
    while !rest.isEmpty {
      state.begin()
      try await writer.write(ByteBuffer(bytes: rest.prefix(Self.pieceBytes)))
      state.finish()
      rest = rest.dropFirst(Self.pieceBytes)
    }
  }

  // MARK: Watching

  /// Has the client look every second, and ends a connection that takes nothing.
  private func watch(_ state: Progress) async {
    while true {
      guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
      ticket.wake()
      let isEnding = hub.endedAt.map { .now - $0 >= Self.longestEnd } ?? false
      guard let span = state.writing, span >= Self.longestWrite || isEnding else { continue }
      if !isEnding { state.stall() }
      channel.close(promise: nil)
      return
    }
  }

  /// How the connection fares; its writer tells, and its watcher looks.
  private final class Progress: Sendable {
    private struct State {
      var writingSince: ContinuousClock.Instant?
      var isStalled = false
      var hasLeft = false
    }

    private let state = Mutex(State())

    func begin() { state.withLock { $0.writingSince = .now } }
    func finish() { state.withLock { $0.writingSince = nil } }
    func stall() { state.withLock { $0.isStalled = true } }
    func leave() { state.withLock { $0.hasLeft = true } }

    /// How long a piece has been waiting to be taken; nil where none is.
    var writing: Duration? { state.withLock { state in state.writingSince.map { .now - $0 } } }
    var isStalled: Bool { state.withLock { $0.isStalled } }
    var hasLeft: Bool { state.withLock { $0.hasLeft } }
  }
}
