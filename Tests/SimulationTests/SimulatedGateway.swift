import DeviceCatalog
import DurableSQLite
import Foundation
import Logging
import Simulator
import Telemetry

@testable import Gateway
@testable import Ingest
@testable import Storage

/// What a gateway is made of, in one thread: session, journal, ring, pipeline and store, on a faulty disk, for one life
/// of the process.
///
/// Threads are turns: the session's and the pipeline's, one after the other, as the simulation deals them.
final class SimulatedGateway {
  let journal: Journal
  let store: Store
  let pipeline: Pipeline
  let worker: SessionWorker<SimulatedClient>
  private let ring = MessageRing(capacity: 4096, arenaBytes: 1 << 20, trailingBytes: DecoderSet.padding)
  private let stop = SessionStop()
  private let world: World
  private var client: SimulatedClient?
  private var retryAt: ContinuousClock.Instant?

  /// What outlives a process.
  final class World {
    let disk = FaultyDisk()
    /// Kept of what room the disk has.
    let ballast: Ballast
    static let ballastBytes: Int64 = 96 << 10
    let time: SimulatedTime
    let broker = SimulatedBroker()
    var random: RandomSource
    /// The numbers of the messages that are in the journal, in the order in which they came to be; and those that were
    /// taken for deliveries of what is there.
    private(set) var journaled: [Int] = []
    private(set) var isJournaled: Set<Int> = []
    private(set) var redelivered: [Int] = []
    /// The last of them came not long after the clock was set.
    private(set) var endsWithSteppedClock = false
    /// Handed to the session, and not seen in the journal yet, in their order.
    private var handedOver: [Int] = []
    /// The last sequence whose message is known.
    private var knownThrough: UInt64 = 0

    init(seed: UInt64, wall: Timestamp) {
      random = RandomSource(seed: seed)
      let disk = disk
      ballast = Ballast(
        bytes: Self.ballastBytes,
        takeHold: { disk.reserve(Self.ballastBytes) }, letGo: { _ = disk.reserve(0) })
      time = SimulatedTime(wall: wall)
    }

    func handOver(_ number: Int) { handedOver.append(number) }

    /// Frames stand in the journal in the order in which their messages were handed over.
    func note(_ frame: MessageFrame, sequence: UInt64) {
      guard sequence > knownThrough, !handedOver.isEmpty else { return }
      knownThrough = sequence
      endsWithSteppedClock = frame.flags.contains(.steppedClock)
      let number = handedOver.removeFirst()
      if frame.flags.contains(.redelivered) {
        redelivered.append(number)
      } else {
        journaled.append(number)
        isJournaled.insert(number)
      }
    }

    /// What was handed to a process that is gone, and is not in the journal, is nowhere.
    func forgetHandedOver() { handedOver = [] }
  }

  /// The city's profiles alone: a start makes a decoder for each, and most of a simulation's time is starts.
  static let catalogue: (files: CatalogueFiles, catalogue: Catalogue) = {
    let units = CatalogueFiles.builtIn.all.filter { $0.name.hasSuffix("/units.yaml") }
    let profiles = [("city", SimulatedCity.profile), ("pulse", SimulatedCity.pulseProfile)].map { name, text in
      CatalogueFiles.File(name: "\(name).yaml", text: text, isBuiltIn: false)
    }
    let files = CatalogueFiles(units + profiles)
    return (files, try! Catalogue(files))
  }()

  static func configuration(data: String) -> GatewayConfiguration {
    var configuration = GatewayConfiguration(
      gateway: "simulated", timeZone: TimeZone(identifier: "Asia/Shanghai")!, data: data,
      mqtt: GatewayConfiguration.MQTT(host: "simulated", port: 1, usesTLS: false, clientID: "simulated"))
    configuration.windows.retainMinutes = .seconds(6 * 3600)
    configuration.windows.retainHours = .seconds(2 * 86400)
    return configuration
  }

  /// Starts: joins journal and store, replays, and has nothing read yet.
  ///
  /// - Throws: `DatabaseFailure`.
  init(_ world: World) throws {
    self.world = world
    let time = world.time
    let log = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
    let room = StartRoom(ballast: world.ballast, log: log) {
      time.pass(.seconds(1))
      if Int.random(in: 0..<5, using: &world.random) == 0 { world.disk.limitBytes = nil }
    }
    world.ballast.hold()
    let configuration = Self.configuration(data: world.disk.directory)
    // Small, so that trimming and checkpoints of the WAL come in a short run too.
    var limits = Journal.Limits()
    limits.messagesKept = 6
    limits.inFlight = SimulatedBroker.window + 10
    limits.rowsTrimmedAtOnce = 4
    limits.checkpoints = CheckpointSchedule(dueBytes: 64 << 10)
    journal = try room.wait { () throws(DatabaseFailure) in
      try Journal(directory: world.disk.directory, limits: limits)
    }
    try journal.replay(after: 0, trailingBytes: DecoderSet.padding) { message in
      world.note(message.frame, sequence: message.sequence)
    }
    world.forgetHandedOver()
    var storeLimits = configuration.storeLimits
    storeLimits.checkpoints = CheckpointSchedule(dueBytes: 128 << 10)
    store = try room.wait { () throws(DatabaseFailure) in
      try Store(directory: world.disk.directory, zone: configuration.timeZone, limits: storeLimits, instant: time.tick)
    }
    pipeline = try StartUp(
      configuration: configuration, catalogue: Self.catalogue.catalogue, files: Self.catalogue.files, journal: journal,
      store: store, room: room, log: log, now: { time.machineWall }
    ).makePipeline()
    var settings = SessionSettings(
      host: "simulated", port: 1, clientID: "simulated", filters: ["city/#", "pulse/#"], keepalive: .seconds(30),
      maxPayloadBytes: 1024)
    settings.batchLimit = 8
    let position = try store.read { try $0.position() }
    settings.clockIsUnsure = max(position.checkpointedAt, position.heardAt) > time.machineWall
    var dice = RandomSource(seed: world.random.next())
    worker = SessionWorker(
      settings, journal: journal, ballast: world.ballast, ring: ring, applied: pipeline.applied, stop: stop,
      clock: time.sessionClock,
      random: { dice.next() },
      makeClient: { [world] settings throws(BrokerClientFailure) in
        let client = SimulatedClient(settings, broker: world.broker, time: world.time)
        client.handedOver = { world.handOver($0.number) }
        return client
      }, report: { _ in })
  }

  // MARK: Turns

  /// Lets the session do up to so many steps, or until it waits.
  ///
  /// - Throws: `DatabaseFailure`.
  func sessionTurn(steps: Int) throws {
    for _ in 0..<steps {
      world.time.pass(.microseconds(Int.random(in: 0...1500, using: &world.random)))
      switch worker.next() {
      case .finish: return
      case .wait(let interest, let until):
        guard isOver(interest, until) else {
          // Now and then it wakes a little later, in the same turn.
          guard world.random.happens(onceIn: 2) else { return }
          world.time.pass(.microseconds(Int.random(in: 0...4000, using: &world.random)))
          continue
        }
      case let step:
        let head = journal.head
        let published = ring.readable().upperBound
        try worker.perform(step)
        followClient()
        if journal.head > head { noteCommitted(from: published) }
      }
    }
  }

  private func isOver(_ interest: SessionStateMachine.Interest, _ until: ContinuousClock.Instant) -> Bool {
    let isReady =
      switch interest {
      case .time: false
      case .room: worker.hasRoom
      case .reading: client?.isReadable ?? false
      case .writing: client?.isWritable ?? false
      case .readingOrWriting: client.map { $0.isReadable || $0.wantsWrite && $0.isWritable } ?? false
      }
    guard isReady || world.time.now >= until || stop.isRequested && !worker.machine.isStopping else { return false }
    worker.waitEnded(socketIsReady: isReady && interest != .room)
    return true
  }

  /// A connection that the session let go of is closed.
  private func followClient() {
    guard client !== worker.client else { return }
    client?.close()
    client = worker.client
  }

  private func noteCommitted(from index: Int) {
    for index in index..<ring.readable().upperBound {
      let message = ring.message(at: index)
      world.note(message.frame, sequence: message.sequence)
    }
  }

  /// Lets the pipeline take up to so many messages.
  ///
  /// - Throws: `DatabaseFailure`.
  func pipelineTurn(messages: Int) throws {
    if let retryAt, world.time.now < retryAt { return }
    let readable = ring.readable().prefix(messages)
    for index in readable { try pipeline.process(ring.message(at: index)) }
    ring.release(before: readable.upperBound)
    if pipeline.needsCheckpoint { try checkpoint() }
  }

  /// Where the disk is full it is tried again a second later, and nothing is taken until then.
  ///
  /// - Throws: `DatabaseFailure`, but for `.full`.
  func checkpoint() throws {
    if let retryAt, world.time.now < retryAt { return }
    retryAt = nil
    do {
      try pipeline.checkpoint()
      _ = try pipeline.upkeep(atMost: .milliseconds(5))
    } catch DatabaseFailure.full {
      if world.ballast.release() { return try checkpoint() }
      retryAt = world.time.now + .seconds(1)
    }
  }

  /// All that the pipeline has to do.
  func drainPipeline() throws {
    while !ring.readable().isEmpty {
      try pipelineTurn(messages: .max)
      if retryAt != nil { return }
    }
    try checkpoint()
  }

  // MARK: Ends

  /// SIGTERM: true where it ended as it should, false where the disk did not let it.
  func stopCleanly() throws -> Bool {
    stop.request()
    var turns = 0
    while worker.next() != .finish {
      try sessionTurn(steps: 1)
      world.time.pass(.milliseconds(5))
      turns += 1
      precondition(turns < 10_000, "a stop does not end")
    }
    worker.abandonConnection()
    followClient()
    try drainPipeline()
    guard retryAt == nil else { return false }
    try pipeline.close()
    return true
  }

  /// SIGKILL, or the end of a process that its disk has failed.
  func die() {
    worker.abandonConnection()
    followClient()
    world.disk.kill()
  }
}
