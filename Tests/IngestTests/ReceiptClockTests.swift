import Synchronization
import Telemetry
import Testing

@testable import Ingest

/// Times of receipt while the machine's clock is set.
@Suite
struct ReceiptClockTests {
  private final class Clocks: Sendable {
    let now = Mutex(ContinuousClock.now)
    let wall = Mutex(Timestamp(seconds: 1_763_657_400))

    func pass(_ span: Duration) {
      now.withLock { $0 += span }
      step(span)
    }

    func step(_ span: Duration) { wall.withLock { $0 = $0 + span } }
  }

  private let clocks = Clocks()
  private var clock: ReceiptClock
  private var wall: Timestamp { clocks.wall.withLock { $0 } }

  init() {
    let clocks = clocks
    clock = ReceiptClock(SessionClock(now: { clocks.now.withLock { $0 } }, wall: { clocks.wall.withLock { $0 } }))
  }

  private mutating func events(_ body: (inout ReceiptClock, (ReceiptClock.Event) -> Void) -> Void) -> [ReceiptClock
    .Event]
  {
    var events: [ReceiptClock.Event] = []
    body(&clock) { events.append($0) }
    return events
  }

  @Test("A clock that is kept right is followed, however far it drifts in small pieces")
  mutating func followed() {
    for _ in 0..<10_000 {
      clocks.pass(.seconds(1))
      clocks.step(.milliseconds(5))
      let reading = clock.read { Issue.record("\($0)") }
      #expect(reading == ReceiptClock.Reading(time: wall, isUnsure: false))
    }
  }

  @Test("A step that is taken back within a minute leaves no trace", arguments: [3600, -3600, 86_400, -86_400])
  mutating func cameBack(seconds: Int) {
    let step = Duration.seconds(seconds)
    let before = wall
    clocks.step(step)
    #expect(events { _ = $0.read($1) } == [.stepped(step)])
    clocks.pass(.seconds(59))
    #expect(clock.read() == ReceiptClock.Reading(time: before + .seconds(59), isUnsure: false))
    clocks.step(.zero - step)
    #expect(events { _ = $0.read($1) } == [.cameBack])
    #expect(clock.read() == ReceiptClock.Reading(time: before + .seconds(59), isUnsure: false))
    #expect(clock.steps == 1)
  }

  @Test(
    "A step that stays is believed after a minute, and told as unsure for a day, or until the former time is passed",
    arguments: [(3600, 86_400), (-3600, 86_400), (7 * 86_400, 86_400), (-7 * 86_400, 7 * 86_400)])
  mutating func adopted(seconds: Int, unsureSeconds: Int) {
    let step = Duration.seconds(seconds)
    clocks.step(step)
    _ = clock.read()
    clocks.pass(.seconds(60))
    #expect(events { _ = $0.read($1) } == [.adopted(step)])
    clocks.pass(.seconds(unsureSeconds - 1))
    #expect(clock.read() == ReceiptClock.Reading(time: wall, isUnsure: true))
    clocks.pass(.seconds(2))
    #expect(clock.read() == ReceiptClock.Reading(time: wall, isUnsure: false))
  }

  @Test("A step shortly before an earlier process's end leaves its times unsure for a day")
  mutating func inherited() {
    let clocks = clocks
    clock = ReceiptClock(
      SessionClock(now: { clocks.now.withLock { $0 } }, wall: { clocks.wall.withLock { $0 } }), wasSet: true)
    clocks.pass(.seconds(86_399))
    #expect(clock.read() == ReceiptClock.Reading(time: wall, isUnsure: true))
    clocks.pass(.seconds(2))
    #expect(clock.read() == ReceiptClock.Reading(time: wall, isUnsure: false))
  }

  @Test("A second step while the first is looked at is measured from where the clock was right")
  mutating func steppedTwice() {
    let before = wall
    clocks.step(.seconds(3600))
    _ = clock.read()
    clocks.step(.seconds(-7200))
    clocks.pass(.seconds(61))
    #expect(events { _ = $0.read($1) } == [.adopted(.seconds(-3600))])
    #expect(clock.read().time == before + .seconds(61 - 3600))
    #expect(clock.steps == 1)
  }
}
