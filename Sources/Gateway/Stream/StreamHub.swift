import Synchronization
import Telemetry

/// Where the pipeline leaves what the streams tell, and their clients find it.
///
/// Invariants
/// - Whoever holds the lock appends a batch or takes a slice, and waits for nothing; what is freed is freed behind it.
/// - Clients wait for signals and come by themselves; nothing here knows whether one is slow.
/// - While somebody listens for readings, and for `keptFor` after, the pipeline hands them over.
final class StreamHub: Sendable {
  /// What is told of the streams in metrics.
  struct Counts: Sendable {
    var open = 0
    /// Clients that were ended, by why.
    var dropped: [Drop: Int64] = [:]
    /// Events told, by kind.
    var events: [StreamEvent.Kind: Int64] = [:]
    /// Readings, and gaps, that are kept for clients.
    var kept = 0
  }

  /// Why a client is ended that does not keep up.
  enum Drop: String, CaseIterable, Error {
    /// What it wanted next has gone.
    case behind
    /// Its connection takes nothing.
    case stalled
  }

  /// Why nobody more is let in.
  enum Refusal: Error, Equatable {
    case tooMany(limit: Int)
    case tooManyOfToken(limit: Int)
    case ending
  }

  struct Limits: Sendable {
    var streams = 64
    var streamsPerToken = 16
    var events = 100_000
    /// What is read of the store at once takes no longer.
    var questionTime = Duration.seconds(10)
  }

  fileprivate struct Client {
    let token: String?
    let wantsReadings: Bool
    let wantsAlerts: Bool
    let signal: AsyncStream<Void>.Continuation
  }

  fileprivate struct State {
    var buffer: ReadingBuffer
    var changes: [DeviceRegistry.Unsaved] = []
    var changeCount = 0
    /// Another one where the changes do not follow on what was known before.
    var epoch = 0
    var moment: Timestamp?
    /// Behind the last message that the store has.
    var storedThrough = StreamPlace()
    /// The place of the last transition that the store has.
    var lastTransition: Int64 = 0
    var clients: [Int: Client] = [:]
    var lastClient = 0
    var lastLeft: ContinuousClock.Instant?
    var endedAt: ContinuousClock.Instant?
    var counts = Counts()

    var isWanted: Bool { clients.values.contains(where: \.wantsReadings) }
  }

  let limits: Limits
  private let keptFor: Duration
  private let listening = Atomic<Bool>(false)
  private let state: Mutex<State>

  /// Devices, series and tags that wait for a client; where there are more they are read anew.
  private static let mostChanges = 1_000_000

  /// - Parameter keptFor: how long readings are kept behind the last client that wanted any.
  init(_ limits: Limits, keptFor: Duration = .seconds(300)) {
    self.limits = limits
    self.keptFor = keptFor
    state = Mutex(State(buffer: ReadingBuffer(limit: limits.events)))
  }

  // MARK: The pipeline

  /// Whether readings are to be handed over.
  @inline(__always)
  var isListening: Bool { listening.load(ordering: .relaxed) }

  /// Takes what a checkpoint has written.
  ///
  /// - Parameters:
  ///   - batch: nil where nobody listened.
  ///   - changes: of devices and series.
  ///   - place: behind the last message that the store has.
  ///   - moment: when the checkpoint was begun: what was taken in by then is in the store.
  func take(_ batch: ReadingBatch?, _ changes: DeviceRegistry.Unsaved, through place: StreamPlace, at moment: Timestamp)
  {
    var gone: [[StreamedReading]] = []
    var forgotten: ReadingBuffer?
    let signals = state.withLock { state in
      state.moment = moment
      state.storedThrough = place
      if let batch {
        gone = state.buffer.append(batch)
        if !changes.isEmpty { state.append(changes, atMost: Self.mostChanges) }
        if !state.isWanted, state.lastLeft.map({ .now - $0 >= keptFor }) ?? true {
          forgotten = state.forget(limit: limits.events)
          listening.store(false, ordering: .relaxed)
        }
      }
      return state.clients.values.map(\.signal)
    }
    for signal in signals { signal.yield() }
    withExtendedLifetime((gone, forgotten)) {}
  }

  /// Transitions of alerts are in the store.
  ///
  /// - Parameter number: the place of the last one.
  func tellTransitions(through number: Int64) {
    let signals = state.withLock { state in
      state.lastTransition = number
      return state.clients.values.filter(\.wantsAlerts).map(\.signal)
    }
    for signal in signals { signal.yield() }
  }

  // MARK: Clients

  /// Lets a client in.
  ///
  /// - Parameters:
  ///   - token: its name; nil where nobody needs one.
  /// - Returns: what holds its place; letting go of it gives the place back.
  func enter(token: String?, wantsReadings: Bool, wantsAlerts: Bool) throws(Refusal) -> StreamTicket {
    let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let outcome: Result<Int, Refusal> = state.withLock { state in
      if state.endedAt != nil { return .failure(.ending) }
      if state.clients.count >= limits.streams { return .failure(.tooMany(limit: limits.streams)) }
      if let token, state.clients.values.count(where: { $0.token == token }) >= limits.streamsPerToken {
        return .failure(.tooManyOfToken(limit: limits.streamsPerToken))
      }
      state.lastClient += 1
      state.clients[state.lastClient] = Client(
        token: token, wantsReadings: wantsReadings, wantsAlerts: wantsAlerts, signal: signal)
      if wantsReadings { listening.store(true, ordering: .relaxed) }
      return .success(state.lastClient)
    }
    let ticket = StreamTicket(hub: self, client: try outcome.get(), signals: signals, signal: signal)
    signal.yield()
    return ticket
  }

  func leave(_ client: Int) {
    state.withLock { state in
      guard state.clients.removeValue(forKey: client)?.wantsReadings == true else { return }
      state.lastLeft = .now
    }
  }

  /// When the last checkpoint was begun; nil before the first one.
  var moment: Timestamp? { state.withLock { $0.moment } }

  /// Behind the last message that the store has.
  var storedThrough: StreamPlace { state.withLock { $0.storedThrough } }

  /// The place of the last transition that the store has; 0 before any.
  var lastTransition: Int64 { state.withLock { $0.lastTransition } }

  /// Up to where readings were handed over, and the number of the next one; nil where none were yet.
  var edge: (place: StreamPlace, number: Int)? {
    state.withLock { state in state.buffer.place.map { ($0, state.buffer.end) } }
  }

  /// Where a client goes on, as `ReadingBuffer` says; nil where none were handed over, or not so far.
  func resume(at place: StreamPlace) -> (number: Int, missed: ReadingBuffer.Gap?)? {
    state.withLock { $0.buffer.resume(at: place) }
  }

  func find(_ number: Int, atMost most: Int) -> ReadingBuffer.Found {
    state.withLock { $0.buffer.find(number, atMost: most) }
  }

  /// The changes that nobody has taken yet, in their order. They stay for who has nothing of this epoch that they would
  /// change: what is read from the store by then may be older than they are.
  ///
  /// - Parameter known: the epoch of what the caller has; nil for nothing.
  func takeChanges(after known: Int?) -> (epoch: Int, changes: [DeviceRegistry.Unsaved]) {
    state.withLock { state in
      guard known == state.epoch else { return (state.epoch, []) }
      defer { state.dropChanges() }
      return (state.epoch, state.changes)
    }
  }

  // MARK: The end

  /// Ends all streams: each tells what is there, and no more.
  func end() {
    let signals = state.withLock { state in
      if state.endedAt == nil { state.endedAt = .now }
      return state.clients.values.map(\.signal)
    }
    for signal in signals { signal.yield() }
  }

  /// Since when the streams are to end; nil while they go on.
  var endedAt: ContinuousClock.Instant? { state.withLock { $0.endedAt } }

  // MARK: Counts

  func count(_ drop: Drop) { state.withLock { $0.counts.dropped[drop, default: 0] += 1 } }

  func count(_ events: [StreamEvent.Kind: Int64]) {
    state.withLock { $0.counts.events.merge(events, uniquingKeysWith: +) }
  }

  var counts: Counts {
    state.withLock { state in
      var counts = state.counts
      counts.open = state.clients.count
      counts.kept = state.buffer.end - state.buffer.first
      return counts
    }
  }
}

extension StreamHub.State {
  fileprivate mutating func append(_ more: DeviceRegistry.Unsaved, atMost most: Int) {
    changes.append(more)
    changeCount += more.devices.count + more.listings.count + more.tags.count + more.series.count
    guard changeCount > most else { return }
    dropChanges()
    epoch += 1
  }

  fileprivate mutating func dropChanges() {
    changes = []
    changeCount = 0
  }

  /// - Returns: what was known.
  fileprivate mutating func forget(limit: Int) -> ReadingBuffer {
    let former = buffer
    buffer = ReadingBuffer(limit: limit)
    dropChanges()
    epoch += 1
    return former
  }
}
