import Testing

@testable import Ingest

@Suite
struct ShortLivesTests {
  private var lives = ShortLives()
  private var now = ContinuousClock.now

  private mutating func life(
    of span: Duration, endedBy loss: SessionStateMachine.Loss = .broken("closed")
  ) -> SessionStateMachine.Loss {
    lives.accepted(at: now)
    now += span
    return lives.judge(loss, now: now)
  }

  @Test("From the second short connection in a row on the broker is said to cut them short")
  mutating func rows() {
    #expect(life(of: .seconds(2)) == .broken("closed"))
    #expect(life(of: .seconds(9)) == .cutShort(times: 2))
    #expect(life(of: .seconds(1)) == .cutShort(times: 3))
    #expect(life(of: .seconds(10)) == .broken("closed"))
    #expect(life(of: .seconds(1)) == .broken("closed"))
  }

  @Test("A broker that cannot be reached in between, or another reason, ends the row")
  mutating func otherReasons() {
    _ = life(of: .seconds(1))
    #expect(lives.judge(.unreachable("refused"), now: now) == .unreachable("refused"))
    #expect(life(of: .seconds(1)) == .broken("closed"))
    #expect(life(of: .seconds(1), endedBy: .takenOver) == .takenOver)
    #expect(life(of: .seconds(1)) == .broken("closed"))
  }
}
