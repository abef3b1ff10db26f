import Telemetry

/// A SenML pack of one device and one time, and what it says.
///
/// Source: RFC 8428, sections 4 to 6.
struct SenMLWriter {
  fileprivate enum Value {
    case number(Decimal)
    case null
  }

  private let baseName: String
  private let time: Timestamp
  private var known: DeviceReadings
  private var records: [(name: String, unit: String, value: Value)] = []

  /// - Parameter time: in whole seconds.
  init(device: String, baseName: String, at time: Timestamp) {
    self.baseName = baseName
    self.time = time
    known = DeviceReadings(device, at: time)
  }

  var readings: [KnownReading] { known.all }

  /// - Parameters:
  ///   - metric: nil where it has the record's name.
  ///   - factor: from the metric's unit, in which the record is told, to the canonical one.
  mutating func add(
    _ name: String, as metric: String? = nil, unit: String, _ value: Double, decimals: Int, factor: Double = 1,
    isBad: Bool = false
  ) {
    let number = Decimal(nearest: value, decimals: decimals)
    records.append((name, unit, .number(number)))
    known.add(metric ?? name, isBad ? nil : number.value * factor)
  }

  /// A record without its value.
  mutating func addNull(_ name: String, unit: String) {
    records.append((name, unit, .null))
    known.addBad(name)
  }

  var json: String {
    let texts = records.enumerated().map { place, record in
      let base = place == 0 ? "\"bn\":\"\(baseName)\",\"bt\":\(time.seconds)," : ""
      return "{\(base)\"n\":\"\(record.name)\",\"u\":\"\(record.unit)\",\"v\":\(record.value.text)}"
    }
    return "[\(texts.joined(separator: ","))]"
  }

  /// The same with the labels of RFC 8428, section 6.
  var cbor: [UInt8] {
    var writer = CBORWriter()
    writer.head(.array, records.count)
    for (place, record) in records.enumerated() {
      writer.head(.map, place == 0 ? 5 : 3)
      if place == 0 {
        writer.pair(-2, baseName)
        writer.pair(-3, Int(time.seconds))
      }
      writer.pair(0, record.name)
      writer.pair(1, record.unit)
      writer.integer(2)
      record.value.write(to: &writer)
    }
    return writer.bytes
  }
}

extension SenMLWriter.Value {
  fileprivate var text: String {
    switch self {
    case .number(let number): number.text
    case .null: "null"
    }
  }

  fileprivate func write(to writer: inout CBORWriter) {
    switch self {
    case .number(let number): writer.double(number.value)
    case .null: writer.null()
    }
  }
}
