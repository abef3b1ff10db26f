import Telemetry

/// Resolves the records of a SenML pack, in their order, into records of named values.
///
/// Records: those behind each other that are of one device and one time make one record, as an object of plain JSON would
/// have their values; a name that is there already begins the next.
///
/// Fields
/// - `_device` and `_id`: the device by `SenMLName`, and its last part; left out where names have no device.
/// - Each value under the metric of its name; under the symbol of its unit where the name has none, and `value` where
///   it has no unit either. Its unit is a UCUM code by `SenMLUnit`.
/// - Each sum as `name/sum`.
///
/// Values: `v` is a number, to which the base value is added; `vs` a text, `vb` a boolean, `vd` an object, since data
/// is no value of a metric. Two of them: nobody knows which counts, quality `type`. A base value stands for a value that
/// is left out, a base sum for a sum, where the record is a measurement.
///
/// Times: base time and time, to the nearest microsecond. From 2^28 s on they are of 1970; below, and down to the same
/// before, they count from the receipt. 0 is a sensor that has no clock: unknown. A time that is none of these makes its
/// values bad, `type`, `not-finite` or `overflow`, of unknown time; a unit that is no text makes them `type`.
///
/// Refused, since all records that follow would be wrong: base fields and names of another type, a base time that
/// 64 bits do not hold, an unknown version, an unknown field that has to be understood, a pack without values.
///
/// Source: RFC 8428, sections 4.1 to 4.6.
public struct SenMLPack {
  /// A record of more names is followed by another: what follows may be of any length.
  static let mostNames = 1024
  private static let version: Int64 = 10
  /// 2^28 s: times below count from now.
  private static let leastAbsolute: Int64 = 1 << 28 * 1_000_000

  private let records: FieldRecords
  /// Of the record that is taken, from 1.
  private var number = 0
  private var baseName = UnsafeRawBufferPointer.nothing
  private var baseUnit = UnsafeRawBufferPointer.nothing
  private var baseTime: Int64 = 0
  private var baseValue = RawValue.absent
  private var baseSum = RawValue.absent

  private var device = UnsafeRawBufferPointer.nothing
  private var names: NamesOfRecord?

  /// - Parameter records: gets the values.
  public init(into records: FieldRecords) { self.records = records }

  public mutating func take(_ record: SenMLRecord) throws(Refusal) {
    number += 1
    try takeBase(record)
    let (value, quality) = value(of: record)
    let sum = record[.sum].isAbsent && !record.isMeasurement ? .absent : record[.sum].adding(baseSum)
    guard !value.isAbsent || !sum.isAbsent else { return }
    let name = SenMLName(base: baseName, name: try text(.name, record) ?? .nothing)
    let unit = record[.unit].isAbsent ? baseUnit : record[.unit].text ?? .nothing
    let (time, doubt) = time(of: record)
    let metric = !name.metric.isEmpty ? name.metric : !unit.isEmpty ? unit : SenMLPack.namelessValue.bytes
    if !value.isAbsent {
      begin(time, name.device, metric)
      records.add(metric, value, quality: quality == .good ? doubt : quality, unit: SenMLUnit.code(unit))
    }
    if !sum.isAbsent {
      let quality = sum.qualityAsNumber
      let sumName = records.keep([metric, SenMLPack.sumEnding.bytes].joined())
      begin(time, name.device, sumName)
      records.add(sumName, sum, quality: quality == .good ? doubt : quality, unit: SenMLUnit.codeOfSum(unit))
    }
  }

  /// To be called behind the last record.
  public func finish() throws(Refusal) {
    guard number > 0 else { throw Refusal(.noMetric, "a SenML pack has one record at least, this has none") }
    if records.fields.isEmpty { throw Refusal(.noMetric, "none of the pack's \(number) records has a value") }
  }

  private static let namelessValue: StaticString = "value"
  private static let sumEnding: StaticString = "/sum"

  // MARK: Base fields

  private mutating func takeBase(_ record: SenMLRecord) throws(Refusal) {
    try checkVersion(record[.baseVersion])
    baseName = try text(.baseName, record) ?? baseName
    baseUnit = try text(.baseUnit, record) ?? baseUnit
    if !record[.baseTime].isAbsent {
      guard let time = record[.baseTime].microseconds else {
        throw Refusal(.time, "bt is a number of seconds, in record \(number) of the pack it is none that 64 bits hold")
      }
      baseTime = time
    }
    baseValue = try number(.baseValue, record) ?? baseValue
    baseSum = try number(.baseSum, record) ?? baseSum
  }

  private func checkVersion(_ value: RawValue) throws(Refusal) {
    switch value {
    case .absent: return
    case .integer(let version) where version <= SenMLPack.version: return
    case .double(let version) where version <= Double(SenMLPack.version): return
    default:
      throw Refusal(
        .malformed,
        "SenML of version \(SenMLPack.version) is read, in record \(number) of the pack bver is another, or no number")
    }
  }

  private func text(_ label: SenMLLabel, _ record: SenMLRecord) throws(Refusal) -> UnsafeRawBufferPointer? {
    let value = record[label]
    if value.isAbsent { return nil }
    guard let text = value.text else {
      throw Refusal(.malformed, "\(label.text) is a text, in record \(number) of the pack it is none")
    }
    return text
  }

  private func number(_ label: SenMLLabel, _ record: SenMLRecord) throws(Refusal) -> RawValue? {
    let value = record[label]
    if value.isAbsent { return nil }
    guard value.qualityAsNumber == .good else {
      throw Refusal(.malformed, "\(label.text) is a number, in record \(number) of the pack it is none")
    }
    return value
  }

  // MARK: Values and times

  private func value(of record: SenMLRecord) -> (value: RawValue, quality: Quality) {
    var found: SenMLLabel?
    for label in SenMLRecord.valueLabels where !record[label].isAbsent {
      guard found == nil else { return (.list, .type) }
      found = label
    }
    guard let label = found else {
      if !baseValue.isAbsent, record.isMeasurement { return (baseValue, .good) }
      return record.hasNullValue ? (.null, .missing) : (.absent, .good)
    }
    let value = record[label]
    switch (label, value) {
    case (.value, _):
      let sum = value.adding(baseValue)
      return (sum, sum.qualityAsNumber)
    case (.dataValue, _): return (.object, .good)
    case (.stringValue, .text), (.booleanValue, .boolean): return (value, .good)
    default: return (value, .type)
    }
  }

  /// When a record was measured, and what its unit and time make of its value.
  private func time(of record: SenMLRecord) -> (time: FieldRecords.Time, doubt: Quality) {
    let quality = record[.time].isAbsent ? .good : record[.time].qualityAsNumber
    guard quality == .good, let own = record[.time].microseconds else {
      return (.unknown, quality == .good ? .overflow : quality)
    }
    let isUnit = record[.unit].isAbsent || record[.unit].text != nil
    let (time, isOver) = baseTime.addingReportingOverflow(own)
    guard !isOver, let resolved = SenMLPack.time(time) else { return (.unknown, .overflow) }
    return (resolved, isUnit ? .good : .type)
  }

  /// Nil for one that is neither near to now nor of the accepted years.
  private static func time(_ microseconds: Int64) -> FieldRecords.Time? {
    if microseconds == 0 { return .unknown }
    if microseconds >= leastAbsolute {
      let moment = Timestamp(microseconds: microseconds)
      return Timestamp.accepted.contains(moment) ? .at(moment) : nil
    }
    return microseconds > -leastAbsolute ? .sinceReceipt(.microseconds(microseconds)) : nil
  }

  // MARK: Records

  /// Begins the next record unless the field still belongs to the last.
  private mutating func begin(
    _ time: FieldRecords.Time, _ device: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer
  ) {
    if var known = names, known.count < SenMLPack.mostNames, records.records.last?.time == time,
      self.device.elementsEqual(device), known.insert(name, among: records) == nil
    {
      names = known
      return
    }
    records.begin(time)
    self.device = device
    var fresh = NamesOfRecord(first: records.fields.count)
    if !device.isEmpty {
      records.add("_device", .text(device))
      records.add("_id", .text(SenMLName.id(of: device)))
    }
    _ = fresh.insert(name, among: records)
    names = fresh
  }
}
