import Telemetry
import WireFormats

@testable import DeviceCatalog

/// SenML packs as tests compare them.
enum SenMLPacks {
  struct Value {
    /// Empty where the name has none.
    let device: String
    let metric: String
    let value: RawValue
    let quality: Quality
    let unit: String
    let time: FieldRecords.Time

    /// A number's, and other values' as errors tell them.
    var valueText: String? {
      switch value {
      case .integer(let number): String(number)
      case .unsigned(let number): String(number)
      default: value.description
      }
    }

    /// `device metric=value unit`.
    var text: String {
      let shown = quality == .good ? valueText ?? "absent" : quality.reason
      return "\(device) \(metric)=\(shown)\(unit.isEmpty ? "" : " \(unit)")"
    }
  }

  /// - Throws: `Refusal`.
  static func read(json payload: [UInt8]) throws -> [Value] {
    let document = JSONDocument(maxBytes: 1 << 20)
    let records = FieldRecords()
    let padded = payload + [UInt8](repeating: 0x5D, count: JSONDocument.padding)
    return try padded.withUnsafeBytes { bytes in
      if let problem = document.parse(UnsafeRawBufferPointer(rebasing: bytes[..<payload.count])) {
        throw Refusal(.malformed, problem)
      }
      if let refusal = SenMLDocument.read(document, into: records) { throw refusal }
      return values(records)
    }
  }

  static func read(cbor payload: [UInt8]) throws -> [Value] {
    let records = FieldRecords()
    return try payload.withUnsafeBytes { bytes in
      if let refusal = SenMLCBOR().read(bytes, into: records) { throw refusal }
      return values(records)
    }
  }

  private static func values(_ records: FieldRecords) -> [Value] {
    func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
    return records.records.flatMap { record in
      let fields = records.fields[record.fields]
      let device = fields.first { text($0.name) == "_device" }?.value.text.map(text) ?? ""
      return fields.filter { $0.name.first != UInt8(ascii: "_") }.map { field in
        Value(
          device: device, metric: text(field.name), value: field.value, quality: field.quality, unit: text(field.unit),
          time: record.time)
      }
    }
  }
}

extension SenMLPacks {
  /// What a symbol is told by.
  static func unitCode(_ symbol: String) -> String {
    (try? read(json: Array(#"[{"n":"x","v":1,"u":"\#(symbol)"}]"#.utf8)).first?.unit) ?? ""
  }
}
