/// A key of a payload, cut into the words that it is made of and the unit at its end.
///
/// `outletTemp_c` is `outlet`, `temp` with the unit `Cel`; `totalKWh` is `total` with `kW.h`.
struct NameParts: Equatable {
  /// In lower case; may be empty, where the key is a unit alone.
  private(set) var words: [String]
  /// UCUM code; nil where the key ends in none.
  private(set) var unit: String?
  /// As it stood in the key.
  private(set) var unitText = ""

  init(_ key: String) {
    // `Temp (°C)`
    var rest = String(key.reversed().drop { ")] ".contains($0) }.reversed())
    for (text, code) in NameParts.spelledUnits where rest.hasSuffix(text) && NameParts.isOwnWord(text, in: rest) {
      rest.removeLast(text.count)
      (unit, unitText) = (code, text)
      break
    }
    words = NameParts.words(of: rest)
    if unit == nil { takeUnitFromWords() }
  }

  /// The words as a metric's name.
  var name: String { words.joined(separator: "_") }

  private mutating func takeUnitFromWords() {
    for count in [3, 2, 1] where words.count >= count {
      let tail = words.suffix(count).joined(separator: "_")
      // One letter alone is a name; behind a word it is a unit.
      guard let code = NameParts.wordUnits[tail], tail.count > 1 || words.count > 1 else { continue }
      words.removeLast(count)
      (unit, unitText) = (code, tail)
      return
    }
  }

  /// A key that is one letter, read as a unit; nil where it is none.
  var asUnit: NameParts? {
    guard unit == nil, words.count == 1, words[0].count == 1, let code = NameParts.wordUnits[words[0]] else {
      return nil
    }
    var parts = self
    parts.words = []
    (parts.unit, parts.unitText) = (code, words[0])
    return parts
  }

  // MARK: Words

  /// ASCII words in lower case, cut where a capital follows a small letter and at everything that is no letter or digit;
  /// some Chinese words are translated, others left out.
  static func words(of text: String) -> [String] {
    var translated = text
    for (chinese, english) in chineseWords { translated = translated.replacing(chinese, with: " \(english) ") }
    var words: [String] = []
    var word = ""
    var last: Character = " "
    for character in translated {
      let isBorder = character.isUppercase && last.isLowercase
      if isBorder || !(character.isASCII && (character.isLetter || character.isNumber)) {
        if !word.isEmpty { words.append(word.lowercased()) }
        word = ""
      }
      if character.isASCII, character.isLetter || character.isNumber { word.append(character) }
      last = character
    }
    return word.isEmpty ? words : words + [word.lowercased()]
  }

  /// A unit stands at a border of words: behind nothing, a separator, or a small letter where it begins with a capital.
  private static func isOwnWord(_ unit: String, in key: String) -> Bool {
    guard let before = key.dropLast(unit.count).last else { return true }
    if !before.isLetter { return true }
    return before.isLowercase && unit.first?.isUppercase == true
  }

  // MARK: Tables

  /// Units whose case says what they are, the longest first.
  private static let spelledUnits: [(text: String, code: String)] = [
    ("KWh", "kW.h"), ("kWh", "kW.h"), ("MWh", "MW.h"), ("Wh", "W.h"), ("mAh", "mA.h"), ("Ah", "A.h"), ("kVA", "kV.A"),
    ("m3/h", "m3/h"), ("m³/h", "m3/h"), ("L/min", "L/min"), ("l/min", "L/min"), ("L/s", "L/s"), ("mg/L", "mg/L"),
    ("m/s", "m/s"), ("kPa", "kPa"), ("hPa", "hPa"), ("MPa", "MPa"), ("mbar", "mbar"), ("kHz", "kHz"), ("Hz", "Hz"),
    ("mA", "mA"), ("mV", "mV"), ("kV", "kV"), ("kW", "kW"), ("KW", "kW"), ("MW", "MW"), ("°C", "Cel"), ("℃", "Cel"),
    ("°F", "[degF]"), ("%", "%"), ("m³", "m3"),
  ]

  /// Words at the end of a key that say a unit.
  private static let wordUnits: [String: String] = [
    "c": "Cel", "degc": "Cel", "deg_c": "Cel", "celsius": "Cel", "f": "[degF]", "degf": "[degF]", "deg_f": "[degF]",
    "pct": "%", "percent": "%", "perc": "%", "rh": "%", "kg": "kg", "g": "g", "mg": "mg", "t": "t", "tonnes": "t",
    "kwh": "kW.h", "mwh": "MW.h", "wh": "W.h", "kw": "kW", "w": "W", "v": "V", "mv": "mV", "kv": "kV", "a": "A",
    "ma": "mA",
    "hz": "Hz", "khz": "kHz", "rpm": "/min", "bar": "bar", "mbar": "mbar", "kpa": "kPa", "hpa": "hPa", "mpa": "MPa",
    "pa": "Pa", "psi": "[psi]", "m3": "m3", "l": "L", "liter": "L", "litre": "L", "liters": "L", "litres": "L",
    "ml": "mL", "m3h": "m3/h", "m3_h": "m3/h", "m3_per_h": "m3/h", "m3d": "m3/d", "m3_d": "m3/d", "lpm": "L/min",
    "l_min": "L/min", "lmin": "L/min", "ls": "L/s", "l_s": "L/s", "lps": "L/s", "m": "m", "mm": "mm", "cm": "cm",
    "km": "km", "um": "um", "m_s": "m/s", "ms": "ms", "mps": "m/s", "mm_s": "mm/s", "km_h": "km/h", "kmh": "km/h",
    "m_min": "m/min", "s": "s", "sec": "s", "secs": "s", "seconds": "s", "min": "min", "minutes": "min", "h": "h",
    "hr": "h", "hrs": "h", "hours": "h", "days": "d", "lux": "lx", "lx": "lx", "ppm": "[ppm]", "ppb": "[ppb]",
    "mgl": "mg/L", "mg_l": "mg/L", "ugl": "ug/L", "ug_l": "ug/L", "ug_m3": "ug/m3", "ugm3": "ug/m3", "us_cm": "uS/cm",
    "uscm": "uS/cm", "ms_cm": "mS/cm", "ntu": "[NTU]", "db": "dB[SPL]", "dba": "dB[SPL]", "deg": "deg", "rad": "rad",
    "nm": "N.m", "kn": "kN", "kva": "kV.A", "ah": "A.h", "mah": "mA.h", "w_m2": "W/m2", "m2": "m2", "mm_h": "mm/h",
  ]

  private static let chineseWords: [(String, String)] = [
    ("温度", "temperature"), ("湿度", "humidity"), ("压力", "pressure"), ("流量", "flow"), ("液位", "level"),
    ("水位", "level"), ("浊度", "turbidity"), ("余氯", "residual_chlorine"), ("电压", "voltage"), ("电流", "current"),
    ("功率", "power"), ("电量", "energy"), ("电能", "energy"), ("重量", "weight"), ("转速", "speed"), ("状态", "state"),
    ("累计", "total"), ("时间", "time"), ("设备", "device"), ("编号", "id"), ("数量", "count"),
  ]
}
