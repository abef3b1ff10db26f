import Telemetry

/// No moment: before all that were.
let never = Int64.min / 2

/// Of one series what each reading touches; 64 bytes.
///
/// A reading is quiet where it is good, newer than all before, live for every rule, and its value lies from `low` to
/// `high`: then no rule says anything new of it, and storing it is all there is to do.
struct HotSeries {
  var low = Double.infinity
  var high = -Double.infinity
  /// How old a reading may be as it is received. Microseconds.
  var liveLimit = Int64.max
  /// The time of the newest reading, good or bad, live or not.
  var newest = never
  /// Of the message that had it.
  var sequence: UInt64 = 0
  /// The last live good reading: its time, its receipt on the axis of deadlines, and its value.
  var heardTime = never
  var heardAt = never
  var value = 0.0
}

/// Of one series what is needed where a reading is not quiet.
struct SeriesRecord {
  /// In the engine's plans; 0 has no checks.
  var plan = 0
  /// The last live reading was good, and nothing has been said of silence since.
  var isKnown = false
  /// Of its instances the first; -1 for none.
  var firstInstance: Int32 = -1
  /// The earliest of its entries among the deadlines that counts.
  var armed = Int64.max
  /// By `Check.slot` of rates.
  var rates: [RateMemory] = []
  /// It stands among the series of which a rate's bytes have changed.
  var hasRateChange = false
  /// By `Check.slot` of parts.
  var parts: [PartState] = []
}

/// What a part of a joined rule says of one series.
struct PartState {
  var group: Int
  var truth: Truth
}
