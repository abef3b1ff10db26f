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

  /// A word that says a quantity.
  static func knows(_ word: String) -> Bool { QuantityGuess.unit(word, 0) != nil }

  private static func unit(_ word: String, _ highest: Double) -> String? {
    if let unit = plain[word] { return unit }
    switch word {
    case "pressure", "press": return highest < 20 ? "bar" : highest > 800 && highest < 1200 ? "hPa" : "kPa"
    case "battery", "bat", "batt": return highest > 100 ? "mV" : highest > 0 && highest < 5 ? "V" : "%"
    case "voltage", "volt", "vbat": return highest > 1500 ? "mV" : "V"
    case "power", "watt": return highest > 200 ? "W" : "kW"
    case "speed": return highest > 60 ? "/min" : "m/s"
    // A power factor: of one, or in per cent.
    case "pf", "cosphi", "cos": return highest > 1 ? "%" : "1"
    case "level": return highest > 20 && highest <= 100 ? "%" : "m"
    default: return nil
    }
  }

  private static let plain: [String: String] = [
    "temp": "Cel", "temperature": "Cel", "tmp": "Cel", "dewpoint": "Cel", "hum": "%", "humidity": "%", "humi": "%",
    "rh": "%", "current": "A", "curr": "A", "amp": "A", "amps": "A", "ampere": "A", "amperes": "A",
    "energy": "kW.h", "electricity": "kW.h", "freq": "Hz", "frequency": "Hz",
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
