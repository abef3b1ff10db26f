import Telemetry
import WireFormats

/// One record as a decoder meets it: the very values that it makes readings of, copied out of the payload.
struct RecordTrace {
  struct Value {
    let metric: Int
    let raw: FoundValue
    /// What the device says of it.
    let remark: Quality
    /// As the message says it; empty where it does not.
    let unit: String
    let decoded: DecodedValue
    /// Nil: that of the record.
    let ownTime: Timestamp?
  }

  /// Its number among the places at which records stand.
  let number: Int
  /// Of formats of named values, and of bytes in a message.
  let fields: [NamedValue]
  let time: DecodedRecord.Time
  /// In the order in which the decoder met them.
  var values: [Value] = []
  /// Why its bytes cannot be read.
  var refusal: Refusal?
}

/// A value of a format that has names.
struct NamedValue {
  let name: String
  let value: FoundValue
  let quality: Quality
  let unit: String

  init(_ field: FieldRecords.Field) {
    name = String(decoding: field.name, as: UTF8.self)
    value = FoundValue(field.value) ?? .null
    quality = field.quality
    unit = String(decoding: field.unit, as: UTF8.self)
  }
}

extension PayloadDecoder {
  /// Goes over the document that was decoded last once more.
  func traces(of document: JSONDocument) -> [RecordTrace] {
    var traces: [RecordTrace] = []
    var number = 0
    reading.forEachRecord(in: document) { slots, place, trail in
      defer { number += 1 }
      guard let bytes else {
        let trace = RecordTrace(number: number, fields: [], time: recordTime(slots, .unknown))
        return traces.append(
          filled(trace, slots) { append in reading.forEachValue(in: document, place, trail, append) })
      }
      var inner = 0
      let refusal = bytes.forEachRecord(slots) { time, forEachValue in
        let fields = bytes.fields.named(inRecord: inner)
        inner += 1
        traces.append(
          filled(RecordTrace(number: number, fields: fields, time: recordTime(slots, time)), slots, forEachValue))
      }
      if let refusal {
        traces.append(
          RecordTrace(number: number, fields: [], time: recordTime(slots, .unknown), refusal: refusal))
      }
    }
    return traces
  }

  /// The same for the records that were decoded last.
  func traces(of fields: FieldRecords, isRetelling: Bool) -> [RecordTrace] {
    fields.records.indices.compactMap { number in
      let record = fields.records[number]
      guard let slots = reading.fill(from: record, of: fields) else { return nil }
      let trace = RecordTrace(
        number: number, fields: fields.named(inRecord: number), time: recordTime(slots, record.time))
      return filled(trace, slots) { append in
        reading.forEachFieldValue { metric, raw, remark, time in
          if !isLeftOut(metric, isRetelling: isRetelling) { append(metric, raw, remark, time) }
        }
      }
    }
  }

  private func filled(
    _ empty: RecordTrace, _ slots: UnsafePointer<RawValue>, _ forEach: (RecordReading.Append) -> Void
  ) -> RecordTrace {
    var trace = empty
    forEach { metric, raw, remark, ownTime in
      let unit = String(decoding: self.unit(of: metric, remark, slots), as: UTF8.self)
      trace.values.append(
        RecordTrace.Value(
          metric: metric, raw: FoundValue(raw) ?? .null, remark: remark.quality, unit: unit,
          decoded: normalized(raw, remark, of: metric, slots), ownTime: moment(of: metric, ownTime, slots)))
    }
    return trace
  }
}

extension FieldRecords {
  /// The values of a record, then those that hold for all.
  func named(inRecord number: Int) -> [NamedValue] {
    let own = records[number].fields
    let shared = (0..<sharedCount).filter { !own.contains($0) }
    return (Array(own) + shared).map { NamedValue(fields[$0]) }
  }
}
