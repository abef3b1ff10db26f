import Telemetry

/// What words of a name say of a quantity, where its unit does not stand there.
struct QuantityGuess {
  let unit: String
  let ground: String

  /// - Parameters:
  ///   - words: of the name, its own first, then those of what it stands in.
  ///   - numbers: that were seen.
  init?(_ words: [String], _ numbers: [Double]) {
    let highest = numbers.map(abs).max() ?? 0
    for word in words {
      guard let unit = QuantityGuess.unit(word, highest) else { continue }
      self.unit = unit
      ground = "'\(word)' is mostly in that"
      return
    }
    return nil
  }

  private static func unit(_ word: String, _ highest: Double) -> String? {
    if let unit = plain[word] { return unit }
    switch word {
    case "pressure", "press": return highest < 20 ? "bar" : highest > 800 && highest < 1200 ? "hPa" : "kPa"
    case "battery", "bat", "batt": return highest > 100 ? "mV" : highest > 0 && highest < 5 ? "V" : "%"
    case "voltage", "volt", "vbat": return highest > 1500 ? "mV" : "V"
    case "power", "watt": return highest > 200 ? "W" : "kW"
    case "speed": return highest > 60 ? "/min" : "m/s"
    case "level": return highest > 20 && highest <= 100 ? "%" : "m"
    default: return nil
    }
  }

  private static let plain: [String: String] = [
    "temp": "Cel", "temperature": "Cel", "tmp": "Cel", "dewpoint": "Cel", "hum": "%", "humidity": "%", "humi": "%",
    "current": "A", "curr": "A", "amps": "A", "energy": "kW.h", "electricity": "kW.h", "freq": "Hz", "frequency": "Hz",
    "flow": "m3/h", "flowrate": "m3/h", "soc": "%", "soh": "%", "fill": "%", "opening": "%", "load": "%", "duty": "%",
    "progress": "%", "utilisation": "%", "utilization": "%", "oee": "%", "weight": "kg", "mass": "kg",
    "distance": "m", "depth": "m", "height": "m", "length": "m", "volume": "m3", "ph": "[pH]", "turbidity": "[NTU]",
    "turb": "[NTU]", "chlorine": "mg/L", "cod": "mg/L", "nh3n": "mg/L", "conductivity": "uS/cm", "cond": "uS/cm",
    "co2": "[ppm]",
    "pm25": "ug/m3", "pm10": "ug/m3", "lux": "lx", "illuminance": "lx", "light": "lx", "noise": "dB[SPL]",
    "angle": "deg", "heading": "deg", "latitude": "deg", "longitude": "deg", "lat": "deg", "lon": "deg", "lng": "deg",
    "torque": "N.m", "runtime": "h", "duration": "s", "uptime": "s", "rainfall": "mm", "rain": "mm", "rpm": "/min",
  ]
}

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
