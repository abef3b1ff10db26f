import Telemetry

/// A guess of what kind a metric is.
struct KindGuess {
  let kind: MetricKind
  /// Nil where nothing speaks for it but that most are gauges.
  let ground: String?

  /// - Parameters:
  ///   - numbers: in the order of one device's messages; empty where samples are of several.
  init(_ words: [String], unit: String?, _ numbers: [Double]) {
    let grows =
      numbers.count >= 3 && zip(numbers, numbers.dropFirst()).allSatisfy { $0 <= $1 }
      && numbers.first != numbers.last
    if let word = words.first(where: KindGuess.amounts.contains) {
      (kind, ground) = (.event, "'\(word)' says that it happened once")
    } else if let word = words.first(where: KindGuess.totals.contains) {
      (kind, ground) = (.counter, "'\(word)' says that it only grows")
    } else if let unit, KindGuess.countedUnits.contains(unit) {
      (kind, ground) = (.counter, "\(unit) is mostly a meter's total")
    } else if let unit, KindGuess.timeUnits.contains(unit), let word = words.first(where: KindGuess.runs.contains) {
      (kind, ground) = (.counter, "'\(word)' and \(unit) are mostly a meter of hours")
    } else if grows, words.contains(where: KindGuess.counts.contains) || numbers.count >= 8 {
      (kind, ground) = (.counter, "it only grows in \(numbers.count) samples")
    } else {
      (kind, ground) = (.gauge, nil)
    }
  }

  private static let totals: Set = [
    "total", "totals", "tot", "odo", "odometer", "cumulative", "cum", "accumulated", "acc", "totaliser", "totalizer",
    "lifetime", "counter",
  ]
  private static let amounts: Set = [
    "added", "dosed", "tipped", "delta", "increment", "dispensed", "dropped", "loaded", "unloaded", "pulses",
  ]
  private static let counts: Set = ["count", "cnt", "num", "pieces", "parts", "cycles", "runtime", "starts"]
  private static let runs: Set = ["run", "running", "runtime", "operating", "working", "uptime"]
  private static let timeUnits: Set = ["s", "min", "h", "d"]
  private static let countedUnits: Set = ["kW.h", "MW.h", "W.h"]
}
