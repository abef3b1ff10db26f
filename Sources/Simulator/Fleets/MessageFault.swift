import Telemetry

/// What becomes of a message on its way.
enum MessageFault {
  case none, bad, late, repeated

  /// Seconds of the clock for which a late message is held up; as many of them under ten seconds as above a minute.
  static let lateSeconds = 1.0..<600.0
  /// Seconds of the clock until a message comes again.
  static let repeatSeconds = 0.05..<30.0

  static func drawn(
    from shares: FaultShares, for traits: DeviceTraits, using random: inout RandomSource
  ) -> MessageFault {
    if traits.isOrdered { return .none }
    let place = Double.random(in: 0..<1, using: &random)
    if place < shares.bad { return traits.isRefusedWhole ? .bad : .none }
    if place < shares.bad + shares.repeated { return .repeated }
    // Without a time of its own a late message is none.
    if place < shares.bad + shares.repeated + shares.late, traits.clock != .receipt { return .late }
    return .none
  }
}

/// How wrong a device's clock is.
enum ClockFault {
  /// Ahead by so much: hours.
  case ahead(microseconds: Int64)
  /// It began with 1970 when the fleet did.
  case since1970(startedAt: Timestamp)

  private static let hoursAhead = 2...72

  /// Nil where the messages have no time, or the protocol counts on it.
  static func drawn(
    for traits: DeviceTraits, startedAt: Timestamp, using random: inout RandomSource
  ) -> ClockFault? {
    if traits.clock == .receipt || traits.isOrdered { return nil }
    // A time in 1970 would be taken for none, and that of the receipt would count.
    if traits.clock == .own, Bool.random(using: &random) { return .since1970(startedAt: startedAt) }
    return .ahead(microseconds: Int64(Int.random(in: hoursAhead, using: &random)) * 3_600_000_000)
  }

  func time(at now: Timestamp) -> Timestamp {
    switch self {
    case .ahead(let microseconds): Timestamp(microseconds: now.microseconds + microseconds)
    case .since1970(let startedAt): Timestamp(microseconds: now.microseconds - startedAt.microseconds)
    }
  }
}

extension SimulatedMessage {
  /// The same bytes, of which the gateway makes a dead letter.
  var refused: SimulatedMessage { SimulatedMessage(topic: topic, payload: payload, readings: [], fate: .refused) }

  /// What a device sends whose buffer was cut off and overwritten: at least a byte shorter, and no text.
  func garbled(using random: inout RandomSource) -> SimulatedMessage {
    let kept = Int.random(in: 0...max(0, payload.count - 2), using: &random)
    return SimulatedMessage(topic: topic, payload: payload.prefix(kept) + [0xFF], readings: [], fate: .refused)
  }

  /// The same message again: where it has an id, none of its readings counts a second time.
  var again: SimulatedMessage {
    var copy = self
    if identity == .message { copy.readings = [] }
    return copy
  }
}
