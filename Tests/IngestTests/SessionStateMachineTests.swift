import Simulator
import TestSupport
import Testing

@testable import Ingest

/// The session's decisions, without a socket and with a clock of the test's own.
@Suite
final class SessionStateMachineTests {
  private typealias Machine = SessionStateMachine

  private static let start = ContinuousClock.now
  private var now = SessionStateMachineTests.start
  private var random = RandomSource(seed: 1)
  private var machine: Machine

  init() {
    machine = Machine(
      Machine.Settings(batchLimit: 100, batchDelay: .milliseconds(5), keepalive: .seconds(30)), now: Self.start)
  }

  private func next(hasRoom: Bool = true) -> Machine.Step { machine.next(now: now, hasRoom: hasRoom) }

  private func connect(mustSubscribe: Bool = false) {
    #expect(next() == .connect)
    machine.connectStarted(now: now)
    #expect(next() == .handshake)
    machine.connackReceived(now: now, mustSubscribe: mustSubscribe)
  }

  private func read(_ messages: Int, isDrained: Bool) {
    #expect(next() == .read)
    machine.didRead(messages: messages, isDrained: isDrained, now: now)
  }

  private func lose() {
    machine.disconnected(.broken("test"), now: now, using: &random)
  }

  /// Why the connection ended that the machine wanted closed.
  private func endOfConnection() -> Machine.Loss {
    machine.disconnected(.stopped, now: now, using: &random)
  }

  @Test("Read, commit, flush, read: nothing is flushed between a read and its commit")
  func cycle() {
    connect(mustSubscribe: true)
    #expect(next() == .subscribe)
    machine.subscriptionsQueued()
    #expect(next() == .flush)
    machine.flushed(isBlocked: false, now: now)
    read(100, isDrained: false)
    #expect(next() == .commit)
    machine.committed()
    #expect(next() == .flush)
    machine.flushed(isBlocked: false, now: now)
    #expect(next() == .read)
  }

  @Test("A small batch waits for the batch delay, and no longer")
  func batchDelay() {
    connect()
    now += .milliseconds(100)
    read(3, isDrained: true)
    #expect(next() == .wait(.reading, until: now + .milliseconds(5)))
    machine.waitEnded(socketIsReady: true)
    now += .milliseconds(3)
    read(2, isDrained: true)
    #expect(next() == .wait(.reading, until: now + .milliseconds(2)))
    now += .milliseconds(2)
    #expect(next() == .commit)
  }

  @Test("Where the socket never runs empty, a batch is committed within a second all the same")
  func neverDrained() {
    connect()
    read(3, isDrained: false)
    now += .milliseconds(999)
    read(0, isDrained: false)
    now += .milliseconds(1)
    #expect(next() == .commit)
  }

  @Test("Where the broker sends on at our acknowledgements, a short silence is waited for, not the whole delay")
  func eagerBatches() {
    connect()
    read(20, isDrained: true)
    now += .milliseconds(5)
    #expect(next() == .commit)
    machine.committed()
    #expect(next() == .flush)
    machine.flushed(isBlocked: false, now: now)
    machine.waitEnded(socketIsReady: true)
    now += .microseconds(200)
    read(20, isDrained: true)
    #expect(next() == .wait(.reading, until: now + .microseconds(500)))
  }

  @Test("While a flush is blocked nothing is read")
  func blockedFlush() {
    connect()
    read(100, isDrained: false)
    machine.committed()
    #expect(next() == .flush)
    machine.flushed(isBlocked: true, now: now)
    guard case .wait(.writing, _) = next() else {
      Issue.record("expected to wait for writing")
      return
    }
    machine.waitEnded(socketIsReady: true)
    #expect(next() == .flush)
    machine.flushed(isBlocked: false, now: now)
    #expect(next() == .read)
  }

  @Test("A flush that stays blocked for half the keepalive ends the connection")
  func stalledFlush() {
    connect()
    read(1, isDrained: false)
    machine.committed()
    _ = next()
    machine.flushed(isBlocked: true, now: now)
    now += .seconds(16)
    #expect(next() == .disconnect(polite: false))
    #expect(endOfConnection() == .flushStalled)
  }

  @Test("What was read is committed also where the connection broke, and nothing is flushed then")
  func commitAfterLoss() {
    connect()
    read(7, isDrained: false)
    lose()
    #expect(next() == .commit)
    machine.committed()
    guard case .wait(.time, _) = next() else {
      Issue.record("expected to wait for the reconnect")
      return
    }
  }

  @Test("A full ring stops reading; a ring full for half the keepalive ends the connection until there is room")
  func fullRing() {
    connect()
    read(5, isDrained: false)
    #expect(next(hasRoom: false) == .commit)
    machine.committed()
    #expect(next(hasRoom: false) == .flush)
    machine.flushed(isBlocked: false, now: now)
    guard case .wait(.room, _) = next(hasRoom: false) else {
      Issue.record("expected to wait for room")
      return
    }
    now += .seconds(16)
    #expect(next(hasRoom: false) == .maintain)
    machine.maintained(mustFlush: false, now: now)
    #expect(next(hasRoom: false) == .disconnect(polite: true))
    #expect(endOfConnection() == .ringFull)
    now += .seconds(60)
    #expect(next(hasRoom: false) == .maintain)
    machine.maintained(mustFlush: false, now: now)
    guard case .wait(.room, _) = next(hasRoom: false) else {
      Issue.record("expected to stay away")
      return
    }
    #expect(next(hasRoom: true) == .connect)
  }

  @Test(
    "A full disk: no read, no flush, looked at every second, away after half the keepalive, and on when there is room")
  func fullDisk() {
    connect()
    read(100, isDrained: false)
    #expect(next() == .commit)
    machine.diskFilled(now: now)
    #expect(machine.isPausedByFullDisk)
    #expect(next() == .wait(.time, until: now + .seconds(1)))
    for _ in 0..<15 {
      now += .seconds(1)
      #expect(next() == .makeRoom)
      machine.diskFilled(now: now)
    }
    now += .milliseconds(1)
    #expect(next() == .disconnect(polite: false))
    #expect(endOfConnection() == .diskFull)
    #expect(next() == .wait(.time, until: now + .seconds(1) - .milliseconds(1)))
    now += .seconds(1)
    #expect(next() == .makeRoom)
    machine.roomMade()
    #expect(machine.isPausedByFullDisk, "nothing is committed yet")
    #expect(next() == .commit)
    machine.committed()
    #expect(!machine.isPausedByFullDisk)
    now += .seconds(60)
    #expect(next() == .maintain)
    machine.maintained(mustFlush: false, now: now)
    #expect(next() == .connect)
  }

  @Test("No CONNACK within ten seconds is a failed connection")
  func noConnack() {
    #expect(next() == .connect)
    machine.connectStarted(now: now)
    #expect(next() == .handshake)
    guard case .wait(.readingOrWriting, let until) = next() else {
      Issue.record("expected to wait")
      return
    }
    #expect(until == now + .seconds(10))
    now += .seconds(10)
    #expect(next() == .disconnect(polite: false))
    #expect(endOfConnection() == .noConnack)
  }

  @Test("Failed connections are tried again ever more slowly, up to 30 s, never all in one moment")
  func backsOff() {
    var delays: [Duration] = []
    for _ in 0..<12 {
      #expect(next() == .connect)
      machine.connectStarted(now: now)
      lose()
      guard case .wait(.time, _) = next() else {
        Issue.record("expected to wait")
        return
      }
      let since = now
      while next() != .connect {
        if next() == .maintain { machine.maintained(mustFlush: false, now: now) }
        now += .milliseconds(10)
      }
      delays.append(now - since)
    }
    #expect(delays[0] >= .milliseconds(500))
    #expect(delays[0] <= .milliseconds(1010))
    #expect(delays[4] >= .seconds(8))
    #expect(delays.suffix(5).allSatisfy { $0 >= .seconds(15) && $0 <= .milliseconds(30_010) })
    #expect(Set(delays.suffix(5)).count > 1)
  }

  @Test("A connection that held starts the backoff anew, one that broke at once does not")
  func backoffResets() {
    for _ in 0..<8 {
      now += .seconds(40)
      if next() == .maintain { machine.maintained(mustFlush: false, now: now) }
      connect()
      lose()
    }
    // Eight connections that broke at once: by now it stays away for at least fifteen seconds.
    now += .seconds(14)
    if next() == .maintain { machine.maintained(mustFlush: false, now: now) }
    guard case .wait(.time, _) = next() else {
      Issue.record("expected to stay away")
      return
    }
    now += .seconds(40)
    if next() == .maintain { machine.maintained(mustFlush: false, now: now) }
    connect()
    now += .seconds(11)
    lose()
    now += .milliseconds(1001)
    if next() == .maintain { machine.maintained(mustFlush: false, now: now) }
    #expect(next() == .connect)
  }

  /// A stop while five messages are read: they are committed, and their acknowledgements flushed.
  private func stopWithFiveMessages(isBlocked: Bool) {
    connect()
    read(5, isDrained: true)
    machine.stopRequested(now: now)
    #expect(next() == .commit)
    machine.committed()
    #expect(next() == .flush)
    machine.flushed(isBlocked: isBlocked, now: now)
  }

  @Test("A stop commits, flushes, says goodbye and finishes")
  func stops() {
    stopWithFiveMessages(isBlocked: false)
    #expect(next() == .disconnect(polite: true))
    machine.disconnected(.stopped, now: now, using: &random)
    #expect(next() == .finish)
  }

  @Test("With nothing to commit a full disk stops the reading all the same; what is committed is acknowledged")
  func fullDiskBetweenBatches() {
    connect()
    read(100, isDrained: true)
    now += .milliseconds(5)
    #expect(next() == .commit)
    machine.committed()
    machine.diskFilled(now: now)
    #expect(next() == .flush)
    machine.flushed(isBlocked: false, now: now)
    machine.waitEnded(socketIsReady: true)
    #expect(next() == .wait(.time, until: now + .seconds(1)))
    now += .seconds(1)
    #expect(next() == .makeRoom)
    machine.roomMade()
    #expect(!machine.isPausedByFullDisk)
    machine.maintained(mustFlush: false, now: now)
    #expect(next() == .read)
  }

  @Test("A stop waits for a blocked flush, and goes on when the socket takes more")
  func stopsWithBlockedFlush() {
    stopWithFiveMessages(isBlocked: true)
    #expect(next() == .wait(.writing, until: now + .seconds(3)))
    machine.waitEnded(socketIsReady: true)
    #expect(next() == .flush)
    machine.flushed(isBlocked: false, now: now)
    #expect(next() == .disconnect(polite: true))
  }

  @Test("A stop that cannot commit goes without a goodbye, which would acknowledge")
  func stopsWithFullDisk() {
    connect()
    read(5, isDrained: true)
    machine.diskFilled(now: now)
    machine.stopRequested(now: now)
    #expect(next() == .disconnect(polite: false))
    machine.disconnected(.stopped, now: now, using: &random)
    #expect(next() == .finish)
  }

  @Test("Whatever happens in whatever order, nothing is written while messages are uncommitted")
  func randomWalk() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<300 {
      now = Self.start
      machine = Machine(
        Machine.Settings(batchLimit: 100, batchDelay: .milliseconds(5), keepalive: .seconds(30)), now: now)
      var uncommitted = 0
      var isFlushing = false
      for _ in 0..<200 {
        now += .microseconds(Int.random(in: 0...20_000, using: &random))
        let step = machine.next(now: now, hasRoom: Int.random(in: 0..<8, using: &random) > 0)
        switch step {
        case .connect: machine.connectStarted(now: now)
        case .handshake:
          if Bool.random(using: &random) {
            machine.connackReceived(now: now, mustSubscribe: Bool.random(using: &random))
          }
        case .subscribe: machine.subscriptionsQueued()
        case .read:
          #expect(!isFlushing, "read while a flush has not ended")
          let messages = Int.random(in: 0...120, using: &random)
          uncommitted += messages
          machine.didRead(messages: messages, isDrained: Bool.random(using: &random), now: now)
        case .commit:
          if Int.random(in: 0..<6, using: &random) == 0 {
            machine.diskFilled(now: now)
          } else {
            machine.committed()
            uncommitted = 0
          }
        case .makeRoom:
          if Bool.random(using: &random) { machine.roomMade() } else { machine.diskFilled(now: now) }
        case .flush:
          #expect(uncommitted == 0, "flush with \(uncommitted) uncommitted")
          isFlushing = Int.random(in: 0..<4, using: &random) == 0
          machine.flushed(isBlocked: isFlushing, now: now)
        case .maintain:
          #expect(!isFlushing && (uncommitted == 0 || !machine.isConnected))
          machine.maintained(mustFlush: Bool.random(using: &random), now: now)
        case .wait(_, let until):
          now = max(now, until - .milliseconds(1))
          machine.waitEnded(socketIsReady: Bool.random(using: &random))
        case .disconnect(let polite):
          #expect(!polite || uncommitted == 0, "goodbye with \(uncommitted) uncommitted")
          machine.disconnected(.stopped, now: now, using: &random)
          isFlushing = false
        case .finish: break
        }
        if Int.random(in: 0..<40, using: &random) == 0, machine.isConnected {
          machine.disconnected(.broken("random"), now: now, using: &random)
          isFlushing = false
        }
        if Int.random(in: 0..<400, using: &random) == 0 { machine.stopRequested(now: now) }
      }
    }
  }
}
