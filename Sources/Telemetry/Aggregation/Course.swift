/// What a series did from one reading to another: the part of a summary that rests on the order of the readings.
///
/// Between its first and last reading a window knows its course; the step from there to the next window's first reading
/// belongs to neither, and is derived where windows are joined. Courses of steps that follow each other add up, so that
/// joined windows have the course of all their readings.
public struct Course: Equatable, Sendable {
  /// Of a counter.
  public var increase = 0.0
  /// Of a gauge: value × seconds.
  public var integral = 0.0
  /// The time that `integral` covers.
  public var heldMicroseconds: Int64 = 0
  /// Of a state.
  public var states = StateTimes()

  @inlinable
  public init() {}

  /// The course of readings in their order.
  init(_ samples: [TimedValue], _ rule: SeriesRule) {
    self.init()
    for (from, to) in zip(samples, samples.dropFirst()) { follow(Step(from: from, to: to), rule) }
  }

  /// Adds a step.
  @inlinable
  public mutating func follow(_ step: Step, _ rule: SeriesRule) {
    switch rule.kind {
    case .counter:
      increase += Counter.increase(from: step.from.value, to: step.to.value, modulus: rule.modulus)
    case .gauge:
      let held = step.heldMicroseconds(atMost: rule.holdMicroseconds)
      integral += Gauge.integral(of: step.from.value, heldMicroseconds: held)
      heldMicroseconds += held
    case .state: states.add(step.heldMicroseconds(atMost: rule.holdMicroseconds), in: step.from.value)
    case .event: break
    }
  }

  /// Adds what of a step lies in a span of time.
  ///
  /// - Parameter span: microseconds since 1970.
  public mutating func follow(_ step: Step, in span: Range<Int64>, _ rule: SeriesRule) {
    switch rule.kind {
    case .counter: increase += Counter.increase(of: step, in: span, rule)
    case .gauge:
      let held = step.heldMicroseconds(atMost: rule.holdMicroseconds, in: span)
      integral += Gauge.integral(of: step.from.value, heldMicroseconds: held)
      heldMicroseconds += held
    case .state:
      states.add(step.heldMicroseconds(atMost: rule.holdMicroseconds, in: span), in: step.from.value)
    case .event: break
    }
  }

  /// Adds a course of another time, or of another device.
  @inlinable
  public mutating func add(_ other: Course) {
    increase += other.increase
    integral += other.integral
    heldMicroseconds += other.heldMicroseconds
    if !other.states.entries.isEmpty { states.add(other.states) }
  }
}
