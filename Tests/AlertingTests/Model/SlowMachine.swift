import Telemetry

@testable import Alerting

/// One alert's life in plain words: what is open, what has held since when, what has been over since when.
struct SlowMachine {
  typealias Moment = (time: Int64, moment: Int64, sequence: UInt64)

  let hold: Int64
  let keep: Int64
  private(set) var lines: [ModelLine] = []
  private var firedBy: Cause?
  private var isUnknown = false
  private var holdsSince: Moment?
  private var overSince: Moment?
  private var value = 0.0

  init(for hold: Int64, keep: Int64) {
    (self.hold, self.keep) = (hold, keep)
  }

  /// Yes, no, or nobody knows.
  var says: Bool? {
    if isUnknown { return nil }
    return firedBy != nil ? overSince == nil : holdsSince != nil
  }

  var isIdle: Bool { firedBy == nil && holdsSince == nil }

  mutating func hear(_ says: Bool?, _ reading: ModelInput.Reading, moment: Int64, value: Double) {
    let cause = Cause.reading(sequence: reading.sequence, time: at(reading.time))
    self.value = value
    switch says {
    case nil: lose(cause, reading.time)
    case true?: holds(cause, (reading.time, moment, reading.sequence))
    case false?: isOver(cause, (reading.time, moment, reading.sequence))
    }
  }

  private mutating func holds(_ cause: Cause, _ now: Moment) {
    defer { isUnknown = false }
    overSince = nil
    if firedBy != nil {
      if isUnknown { tell(.known, cause, now.time) }
      return
    }
    if isUnknown { holdsSince = nil }
    let since = holdsSince ?? now
    holdsSince = since
    if hold == 0 {
      fire(cause, now.time)
    } else if now.time - since.time >= hold {
      fire(.deadline(at(since.time + hold), of: since.sequence), since.time + hold)
    }
  }

  private mutating func isOver(_ cause: Cause, _ now: Moment) {
    defer { isUnknown = false }
    holdsSince = nil
    guard firedBy != nil else { return }
    if keep == 0 { return end(cause, now.time) }
    if isUnknown {
      tell(.known, cause, now.time)
      overSince = nil
    }
    let since = overSince ?? now
    overSince = since
    if now.time - since.time >= keep { end(.deadline(at(since.time + keep), of: 0), since.time + keep) }
  }

  mutating func lose(_ cause: Cause, _ time: Int64, value: Double? = nil) {
    if let value { self.value = value }
    if firedBy != nil, !isUnknown { tell(.unknown, cause, time) }
    (holdsSince, overSince, isUnknown) = (nil, nil, true)
  }

  /// Silence where silence is what it is about.
  mutating func miss(_ deadline: Int64, heardAt: Int64, value: Double) {
    self.value = value
    overSince = nil
    isUnknown = false
    if firedBy == nil { fire(.deadline(at(deadline), of: UInt64(heardAt * 1_000_000)), deadline) }
  }

  /// When time alone makes it fire or end.
  func due(listens: Int64?) -> Int64? {
    if let over = overSince { return max(over.moment, listens ?? .min) + keep }
    if firedBy == nil, let holds = holdsSince { return max(holds.moment, listens ?? .min) + hold }
    return nil
  }

  mutating func becomeDue(value: Double?) {
    if let value { self.value = value }
    if let over = overSince {
      end(.deadline(at(over.time + keep), of: 0), over.time + keep)
    } else if let holds = holdsSince {
      fire(.deadline(at(holds.time + hold), of: holds.sequence), holds.time + hold)
    }
  }

  private mutating func fire(_ cause: Cause, _ time: Int64) {
    firedBy = cause
    holdsSince = nil
    tell(.firing, cause, time)
  }

  private mutating func end(_ cause: Cause, _ time: Int64) {
    tell(.resolved, cause, time)
    (firedBy, overSince, holdsSince) = (nil, nil, nil)
  }

  private mutating func tell(_ kind: AlertTransition.Kind, _ cause: Cause, _ time: Int64) {
    lines.append(ModelLine(kind: kind, cause: cause, firedBy: firedBy!, at: time, value: value))
  }
}
