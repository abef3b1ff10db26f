/// Tells a broker that takes us in and closes the connection soon after, again and again.
///
/// In MQTT 3.1.1 it is all that a client sees of another one with its id: each takes the place of the other in turns.
struct ShortLives {
  /// A connection that was closed sooner was short.
  static let limit = Duration.seconds(10)

  private var acceptedAt: ContinuousClock.Instant?
  private var inARow = 0

  mutating func accepted(at now: ContinuousClock.Instant) {
    acceptedAt = now
  }

  /// What a loss is, seen with those before it. A broker that could not be reached in between was not held by another
  /// client: it ends the row.
  mutating func judge(_ loss: SessionStateMachine.Loss, now: ContinuousClock.Instant) -> SessionStateMachine.Loss {
    defer { acceptedAt = nil }
    guard let acceptedAt, case .broken = loss, now - acceptedAt < Self.limit else {
      inARow = 0
      return loss
    }
    inARow += 1
    return inARow > 1 ? .cutShort(times: inARow) : loss
  }
}
