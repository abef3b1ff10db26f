import Telemetry
import WireFormats

/// Makes named values of the metrics of a message: their types by what the births said, their times their own.
///
/// - A metric of a simple type has its name. An element of an array is `name/0` and so on, a member of a template
///   `name/member`, a cell of a data set `name/column`, each row being a record of its own. Names of more than
///   `longestName` bytes have no such parts.
/// - A member of a template has the template's time and its birth's type where it says none.
/// - A number without a type, before a birth that gives it one, is good where it is the same signed and unsigned.
/// - A null value is a value that is missing. Files and bytes are no values, and what is no UTF-8 is no text.
/// - The property `Quality` says what the device thinks of a value: 0 bad, 192 good, 500 stale.
/// - A historical value without a time of its own has none to go by, and is bad.
///
/// Source: Eclipse Sparkplug 3.0, section 6.4.
struct MetricReading {
  let records: FieldRecords
  /// Of the message, for metrics without one.
  let payloadTime: FieldRecords.Time
  /// Which says the types of what the message says none of.
  let birth: Birth?
  /// What metrics that hold several values hold; their names live as long as the records are used.
  private(set) var parts: [Birth.Definition] = []
  private var time: FieldRecords.Time?

  /// Of templates in each other.
  static let deepestTemplates = 8
  /// In bytes, of what has parts: each of these has its name in its own.
  static let longestName = 512
  /// One more than what is kept, so that it is seen to be too much.
  static let mostParts = FieldRecords.mostFields + 1

  init(into records: FieldRecords, payloadTime: FieldRecords.Time, birth: Birth?) {
    self.records = records
    self.payloadTime = payloadTime
    self.birth = birth
  }

  /// - Parameter milliseconds: since 1970; beyond the accepted years it is as late as can be, and is rejected as that.
  static func time(milliseconds: UInt64) -> FieldRecords.Time {
    let latest = Timestamp.accepted.upperBound
    guard let milliseconds = Int64(exactly: milliseconds), milliseconds <= latest.microseconds / 1000 else {
      return .at(latest)
    }
    return .at(Timestamp(microseconds: milliseconds * 1000))
  }

  /// Adds what a metric says.
  ///
  /// - Parameters:
  ///   - name: lives as long as the records are used.
  ///   - datatype: of the metric itself where it says one, else of its birth.
  @inline(__always)
  mutating func add(_ metric: SparkplugMetric, name: UnsafeRawBufferPointer, _ datatype: SparkplugType) {
    add(metric, name: name, datatype, in: payloadTime, depth: 0)
  }

  private mutating func add(
    _ metric: SparkplugMetric, name: UnsafeRawBufferPointer, _ datatype: SparkplugType,
    in outerTime: FieldRecords.Time, depth: Int
  ) {
    let time = metric.timestamp.map(Self.time(milliseconds:)) ?? outerTime
    let hasNoTime = metric.isHistorical && metric.timestamp == nil
    let quality = hasNoTime ? .missing : metric.quality
    if metric.value.hasParts, !metric.isNull, name.count <= Self.longestName {
      return addParts(of: metric.value, name, datatype, quality, time, depth)
    }
    begin(time)
    if metric.isNull { return records.add(name, .null, quality: quality) }
    switch metric.value {
    case .none: records.add(name, .null, quality: quality)
    case .int(let number):
      let isClear = datatype != .unknown || number <= UInt32(Int32.max)
      records.add(name, RawValue(number, as: datatype), quality: quality == .good && !isClear ? .type : quality)
    case .long(let number):
      let isClear = datatype != .unknown || number <= UInt64(Int64.max)
      records.add(name, RawValue(number, as: datatype), quality: quality == .good && !isClear ? .type : quality)
    case .float(let number): records.add(name, .double(Double(number)), quality: quality)
    case .double(let number): records.add(name, .double(number), quality: quality)
    case .boolean(let isTrue): records.add(name, .boolean(isTrue), quality: quality)
    case .text(let text): addText(text, name, quality)
    case .bytes, .dataSet, .template: records.add(name, .object, quality: quality)
    }
  }

  private mutating func addParts(
    of value: SparkplugMetric.Value, _ name: UnsafeRawBufferPointer, _ datatype: SparkplugType, _ quality: Quality,
    _ time: FieldRecords.Time, _ depth: Int
  ) {
    let isWhole: Bool
    switch value {
    case .bytes(let bytes): isWhole = addArray(bytes, name, datatype, quality, time)
    case .dataSet(let set): isWhole = addRows(of: set, name, quality, time)
    case .template(let template): isWhole = addMembers(of: template, name, quality, time, depth)
    default: return
    }
    if isWhole { return }
    begin(time)
    records.add(name, .object, quality: quality)
  }

  /// What is added from now on is of that time.
  @inline(__always)
  private mutating func begin(_ time: FieldRecords.Time) {
    guard time != self.time else { return }
    records.begin(time)
    self.time = time
  }

  private func addText(_ text: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ quality: Quality) {
    let isText = text.isUTF8
    records.add(name, isText ? .text(text) : .null, quality: quality == .good && !isText ? .type : quality)
  }

  // MARK: What holds several values; false where it cannot be read to its end

  private mutating func addArray(
    _ bytes: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ datatype: SparkplugType, _ quality: Quality,
    _ time: FieldRecords.Time
  ) -> Bool {
    var index = 0
    return SparkplugArray.forEach(datatype, bytes) { element in
      guard let place = part(of: name, "\(index)".utf8) else { return }
      begin(time)
      index += 1
      if let text = element.text {
        addText(text, place, quality)
      } else {
        records.add(place, element, quality: quality)
      }
    }
  }

  private mutating func addRows(
    of set: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ quality: Quality, _ time: FieldRecords.Time
  ) -> Bool {
    // What comes behind is no part of the last row.
    defer { self.time = nil }
    return SparkplugDataSet.forEachRow(of: set, columnName: { part(of: name, $0) }) { columns, row in
      guard !columns.isEmpty, !row.isEmpty else { return true }
      records.begin(time)
      for (column, value) in zip(columns, row) where !records.isOverfull {
        if let text = value.text {
          addText(text, column, quality)
        } else {
          records.add(column, value, quality: quality)
        }
      }
      return !records.isOverfull
    }
  }

  /// A definition says what instances look like, and has no values that were measured.
  private mutating func addMembers(
    of template: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ quality: Quality,
    _ time: FieldRecords.Time, _ depth: Int
  ) -> Bool {
    guard depth < Self.deepestTemplates, let isDefinition = Self.isDefinition(template) else { return false }
    if isDefinition { return true }
    let first = records.fields.count
    var isWhole = true
    var reader = ProtobufReader(template)
    while let field = reader.next(), !records.isOverfull {
      guard field.number == 2, case .bytes(let bytes) = field.value else { continue }
      guard let member = SparkplugMetric(bytes) else {
        isWhole = false
        continue
      }
      guard let last = member.name, let place = part(of: name, last, member.datatype ?? .unknown) else { continue }
      let datatype = member.datatype ?? birth?.definition(named: place)?.datatype ?? .unknown
      add(member, name: place, datatype, in: time, depth: depth + 1)
    }
    records.spoil(first..<records.fields.count, quality)
    return isWhole
  }

  /// Nil where the bytes are no template.
  private static func isDefinition(_ template: UnsafeRawBufferPointer) -> Bool? {
    var reader = ProtobufReader(template)
    var isDefinition = false
    while let field = reader.next() {
      if field.number == 5, case .varint(let number) = field.value { isDefinition = number != 0 }
    }
    return reader.isBroken ? nil : isDefinition
  }

  /// Makes the name of a part; nil where it would be too much.
  private mutating func part(
    of name: UnsafeRawBufferPointer, _ last: some Collection<UInt8>, _ datatype: SparkplugType = .unknown
  ) -> UnsafeRawBufferPointer? {
    guard name.count <= Self.longestName, parts.count < Self.mostParts else { return nil }
    var whole = Array(name)
    whole.append(UInt8(ascii: "/"))
    whole.append(contentsOf: last)
    let place = records.keep(whole)
    parts.append(Birth.Definition(name: place, alias: nil, datatype: datatype))
    return place
  }
}

extension RawValue {
  /// A number of up to 32 bits: the signed ones stand in it as two's complement.
  init(_ number: UInt32, as type: SparkplugType) {
    self =
      switch type {
      case .int8: .integer(Int64(Int8(truncatingIfNeeded: number)))
      case .int16: .integer(Int64(Int16(truncatingIfNeeded: number)))
      case .int32, .int64: .integer(Int64(Int32(bitPattern: number)))
      case .boolean: .boolean(number != 0)
      default: .integer(Int64(number))
      }
  }

  /// The same for 64 bits, in which smaller types are sent as well.
  init(_ number: UInt64, as type: SparkplugType) {
    self =
      switch type {
      case .int8, .int16, .int32: RawValue(UInt32(truncatingIfNeeded: number), as: type)
      case .int64, .dateTime: .integer(Int64(bitPattern: number))
      case .boolean: .boolean(number != 0)
      default: RawValue(unsigned: number)
      }
  }
}
