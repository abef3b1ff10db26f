import Telemetry

/// A reading on its way to the streams.
struct StreamedReading: Sendable {
  let place: StreamPlace
  let series: SeriesID
  let quality: Quality
  let time: Timestamp
  let receivedAt: Timestamp
  /// As in `Sample`: the number of a state's name; of a bad reading it means nothing.
  let value: Double
}

/// The readings of one checkpoint: all that were taken in from one place to another.
struct ReadingBatch: Sendable {
  let beginsAt: StreamPlace
  /// Behind the last message that the checkpoint includes.
  let endsAt: StreamPlace
  /// In the order of their places.
  let readings: [StreamedReading]
}
