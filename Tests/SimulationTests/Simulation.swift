import DurableSQLite
import Simulator
import Storage
import Telemetry
import TestSupport

@testable import Gateway
@testable import Ingest

/// A gateway, its broker, its disk and its clock in one thread, driven by a seed; ends with the oracle and the ledger.
final class Simulation {
  /// Turns in which faults come; then all is well, and everything drains.
  static let turns = 120
  /// 2025-11-20T16:50:00Z: in the store's zone ten minutes before an hour ends, in the first of a day.
  private static let begin = Timestamp(seconds: 1_763_657_400)

  let plan: FaultPlan
  private let world: SimulatedGateway.World
  private var city: SimulatedCity
  private var gateway: SimulatedGateway?
  private var messages: [Int: SimulatedCity.Message] = [:]
  private var acknowledged: Set<Int> = []
  /// What has gone wrong, a sentence each.
  private(set) var violations: [String] = []
  /// What was done, for a person who looks for a fault.
  private(set) var trace: [String] = []

  /// Accesses to the disk until now, and those of them that changed something on it.
  private(set) var accesses = 0
  private(set) var changes = 0

  // Faults that last.
  private var failedAccess: Int?
  private var failures: [(operation: FaultyDisk.Operation, file: String, left: Int)] = []
  /// The end of the process behind that many changes on the disk; of the machine where it says what remains.
  private var ending: (remains: FaultyDisk.Remains?, changes: Int)?
  private var isOver = false
  private var stall: (duration: Duration, left: Int)?
  private var fullUntil: ContinuousClock.Instant?
  private var brokerDownUntil: ContinuousClock.Instant?

  private let turns: Int

  init(seed: UInt64, plan: FaultPlan, turns: Int = Simulation.turns) {
    self.plan = plan
    self.turns = turns
    world = SimulatedGateway.World(seed: seed, wall: Self.begin)
    city = SimulatedCity(seed: seed &+ 1, sendsBadMessages: !plan.hasUnmarkedDuplicates)
    world.broker.acknowledged = { [unowned self] message in
      acknowledged.insert(message.number)
      if !world.isJournaled.contains(message.number) {
        violations.append("message \(message.number) was acknowledged before it was durable")
      }
    }
    world.disk.beforeAccess = { [unowned self] in before($0) }
  }

  /// Runs to the end.
  func run() {
    defer {
      gateway?.die()
      // What is closed later is nobody's any more.
      world.disk.beforeAccess = { _ in nil }
      world.broker.acknowledged = { _ in }
    }
    // What goes wrong while the files are made is for tests with the real process: an older file is copied first, and not
    // by SQLite alone.
    start()
    for turn in 0..<turns {
      for fault in plan.faults where fault.turn == turn { inject(fault.kind) }
      step()
      if !violations.isEmpty { return }
    }
    heal()
    settle()
    if violations.isEmpty { judge() }
  }

  // MARK: Turns

  private func step() {
    passTime()
    for _ in 0..<Int.random(in: 0...3, using: &world.random) {
      let message = city.message(at: world.time.wall)
      messages[message.number] = message
      world.broker.publish(message)
    }
    guard gateway != nil else { return start() }
    attempt { gateway in
      switch Int.random(in: 0..<8, using: &world.random) {
      case 0...3: try gateway.sessionTurn(steps: .random(in: 1...12, using: &world.random))
      case 4...5: try gateway.pipelineTurn(messages: .random(in: 1...16, using: &world.random))
      case 6: try gateway.checkpoint()
      default:
        try gateway.sessionTurn(steps: 60)
        try gateway.drainPipeline()
      }
    }
  }

  private func passTime() {
    world.time.pass(
      Int.random(in: 0..<4, using: &world.random) == 0
        ? .seconds(Int.random(in: 1...20, using: &world.random))
        : .milliseconds(Int.random(in: 0...50, using: &world.random)))
    let now = world.time.now
    if let until = fullUntil, now >= until {
      fullUntil = nil
      world.disk.limitBytes = nil
    }
    if let until = brokerDownUntil, now >= until {
      brokerDownUntil = nil
      world.broker.isDown = false
    }
  }

  /// Runs a turn; what the disk does to it ends the process.
  private func attempt(_ body: (SimulatedGateway) throws -> Void) {
    guard let gateway else { return }
    do {
      try body(gateway)
    } catch let failure as DatabaseFailure {
      trace.append("the process ends: \(failure)")
      // A session that was made anew, and could not be noted, is taken for the one before: a message under an id and of
      // a content that it had too is then taken for a delivery of the other. Nobody can tell them.
      if failure.sentence.contains("storing the session") { world.broker.loseSession() }
      end()
    } catch {
      violations.append("an error that is none of the disk's: \(error)")
    }
    if isOver { end() }
  }

  private func end() {
    gateway?.die()
    gateway = nil
    world.disk.kill()
    if isOver, let remains = ending?.remains { world.disk.cutPower(remains, seed: world.random.next()) }
    if isOver { ending = nil }
    isOver = false
    // Whether a clock was set back before a start by less than the time since the last message, nobody can know.
    world.time.setMachineClockRight()
  }

  private func start() {
    do {
      gateway = try SimulatedGateway(world)
    } catch let failure as DatabaseFailure {
      trace.append("the start fails: \(failure)")
      end()
    } catch {
      violations.append("a start that fails of something else than the disk: \(error)")
    }
  }

  // MARK: Faults

  private func inject(_ kind: FaultPlan.Kind) {
    trace.append("\(kind)")
    switch kind {
    case .kill(let after): ending = (nil, changes + after)
    case .powerCut(let remains, let after): ending = (remains, changes + after)
    case .restart:
      attempt { gateway in
        if try gateway.stopCleanly() {
          self.gateway = nil
          world.disk.kill()
          // Where nothing came after the clock was set, the next start cannot tell.
          if !world.endsWithSteppedClock { world.time.setMachineClockRight() }
        } else {
          end()
        }
      }
    case .failedAccess(let after): failedAccess = accesses + after
    case .failure(let operation, let file, let after): failures.append((operation, file, after))
    case .full(let room, let seconds):
      world.disk.limitBytes = world.disk.bytes + world.disk.reservedBytes + room
      fullUntil = world.time.now + .seconds(seconds)
    case .stall(let seconds, let syncs): stall = (.seconds(seconds), syncs)
    case .breakConnection(let packets): world.broker.connection?.packetsUntilBreak = packets
    case .halfOpen: world.broker.connection?.isHalfOpen = true
    case .brokerDown(let seconds):
      world.broker.isDown = true
      world.broker.connection?.close()
      brokerDownUntil = world.time.now + .seconds(seconds)
    case .sessionLost: world.broker.loseSession()
    case .unmarkedDuplicates: world.broker.marksDuplicates = false
    case .slowSocket(let packets): world.broker.connection?.flushLimit = packets
    case .clockStep(let seconds): world.time.stepMachineClock(by: .seconds(seconds))
    case .silence(let seconds): world.time.pass(.seconds(seconds))
    }
  }

  private func before(_ access: FaultyDisk.Access) -> Int32? {
    accesses += 1
    if ![.open, .read].contains(access.operation) { changes += 1 }
    if let (_, last) = ending {
      isOver = isOver || changes > last
      guard !isOver else { return Self.code(access.operation) }
    }
    if let failedAccess, accesses > failedAccess {
      self.failedAccess = nil
      trace.append("\(access.operation) of \(access.name) fails")
      return Self.code(access.operation)
    }
    if access.operation == .sync, let stall {
      world.time.pass(stall.duration)
      self.stall = stall.left > 1 ? (stall.duration, stall.left - 1) : nil
    }
    for index in failures.indices
    where failures[index].operation == access.operation && access.name.hasPrefix(failures[index].file) {
      failures[index].left -= 1
      guard failures[index].left < 0 else { continue }
      trace.append("\(access.operation) of \(access.name) fails")
      failures.remove(at: index)
      return Self.code(access.operation)
    }
    return nil
  }

  private static func code(_ operation: FaultyDisk.Operation) -> Int32 {
    // SQLITE_IOERR with its kind.
    switch operation {
    case .open: 14
    case .read: 10 | 1 << 8
    case .write: 10 | 3 << 8
    case .sync: 10 | 4 << 8
    case .truncate: 10 | 6 << 8
    case .delete: 10 | 10 << 8
    }
  }

  // MARK: The end

  /// Nothing goes wrong any more.
  private func heal() {
    ending = nil
    failures = []
    failedAccess = nil
    stall = nil
    world.disk.limitBytes = nil
    world.broker.isDown = false
    world.broker.connection?.close()
  }

  /// The broker delivers all it has, and the store takes all of it in.
  private func settle() {
    for _ in 0..<3000 {
      if gateway == nil { start() }
      guard let gateway else {
        violations.append("it does not start on a disk that is well: \(trace.last ?? "")")
        return
      }
      attempt { gateway in
        try gateway.sessionTurn(steps: 200)
        try gateway.drainPipeline()
      }
      if world.broker.isIdle, gateway.journal.head == gateway.pipeline.applied.sequence, world.broker.connection != nil
      {
        return
      }
      world.time.pass(.milliseconds(200))
    }
    violations.append("it does not come to rest")
  }

  private func judge() {
    for (number, message) in messages where message.isQoS1 && !world.broker.lost.contains(number) {
      if !world.isJournaled.contains(number) { violations.append("message \(number) never came to the journal") }
    }
    if !plan.hasUnmarkedDuplicates, world.journaled.count > world.isJournaled.count {
      violations.append("\(world.journaled.count - world.isJournaled.count) messages were taken for new again")
    }
    for number in world.redelivered where !world.isJournaled.contains(number) {
      violations.append("message \(number) was taken for a delivery of another")
    }
    var oracle = Oracle()
    for number in world.journaled where !messages[number]!.isPulse { oracle.add(messages[number]!.sent) }
    let pulses = world.journaled.count { messages[$0]!.isPulse }
    guard let gateway else { return }
    do {
      violations += try gateway.store.read {
        try differences(between: oracle, and: $0, keptFrom: $0.levels().minute.keptFrom, leaving: ["pulses"])
      }
      let counted = try gateway.store.read { try Self.pulses(in: $0) }
      if counted != pulses { violations.append("\(counted) pulses were counted, of \(pulses)") }
      let ledger = try gateway.store.read { try $0.ledger { gateway.journal.head } }
      violations += ledger.imbalances()
      // The devices send nothing twice, so each repeat is a redelivery that was taken for a new message.
      let repeats = ledger.readings.values.reduce(0) {
        $0 + ($1.outcomes[Account.Entry(word: "duplicate", reason: nil)] ?? 0)
      }
      if !plan.hasUnmarkedDuplicates, repeats > 0 { violations.append("\(repeats) readings were taken for new again") }
      let zone = SimulatedGateway.configuration(data: "").timeZone
      violations += try gateway.store.read { try StoreCheck($0, zone: zone).run().faults }
    } catch {
      violations.append("the store cannot be read: \(error)")
    }
  }

  private static func pulses(in snapshot: StoreSnapshot) throws -> Int {
    guard let series = try snapshot.series(metrics: ["pulses"]).first else { return 0 }
    var count: Int64 = 0
    // Days and hours stand for minutes that have been let go.
    let levels = try snapshot.levels()
    for (length, from, to) in [
      (WindowLength.minute, levels.minute.keptFrom, Int64.max), (.hour, levels.hour.keptFrom, levels.minute.keptFrom),
      (.day, levels.day.keptFrom, levels.hour.keptFrom),
    ] where from < to {
      let starts = from..<to
      try snapshot.forEachWindow(length: length, starts: starts) { key, state in
        if key.series == series.id { count += state.aggregate.count }
      }
    }
    return Int(count)
  }
}
