import Telemetry

/// Readings that a stored minute may have been made of, to try rules on where the readings themselves are gone.
///
/// The first and the last are known with their times. The least and the greatest, or the other states, stand evenly
/// between them, in the order that goes the shortest way: no calmer minute has the same summary. Bad readings are known by
/// their number alone: one stands in the middle of a minute that has no good one, elsewhere they are left out.
enum MinuteReadings {
  static func samples(of key: WindowKey, _ aggregate: Aggregate, kind: MetricKind) -> [Sample] {
    guard aggregate.count > 0 else {
      guard aggregate.badCount > 0 else { return [] }
      return [Sample(series: key.series, quality: .missing, time: Timestamp(seconds: key.start + 30), value: 0)]
    }
    let values =
      aggregate.count == 1
      ? [aggregate.first] : [aggregate.first] + between(aggregate, kind) + [aggregate.last]
    let begin = aggregate.firstAt.microseconds
    let span = aggregate.lastAt.microseconds - begin
    return values.enumerated().map { place, value in
      let time = begin + span * Int64(place) / Int64(max(1, values.count - 1))
      return Sample(series: key.series, quality: .good, time: Timestamp(microseconds: time), value: value)
    }
  }

  private static func between(_ aggregate: Aggregate, _ kind: MetricKind) -> [Double] {
    let (first, last) = (aggregate.first, aggregate.last)
    if kind == .state {
      return aggregate.course.states.entries.map(\.state).filter { $0 != first && $0 != last }
    }
    let (low, high) = (aggregate.min, aggregate.max)
    let inner = [low, high].filter { $0 != first && $0 != last }
    guard inner.count == 2 else { return inner }
    let (rising, falling) = (abs(first - low) + abs(high - last), abs(first - high) + abs(low - last))
    return rising <= falling ? [low, high] : [high, low]
  }
}
