import Telemetry

/// Makes records of a data area's items.
///
/// Invariants
/// - The values of one factor in a row, its run, wait until the run ends: what its flag and its `SampleTime` say counts
///   for the values before them too.
/// - The record begun last is the one of `recordTime`, and holds the header's fields and the `PolId` that is valid.
struct HJ212Values {
  private static let polIDName: StaticString = "PolId"
  /// The most values of one factor in a row; the standard has a dozen suffixes.
  static let mostInRun = 16

  private enum SampleTime {
    case none
    case at(Timestamp)
    case impossible
  }

  private struct Run {
    /// How many items of it wait.
    var count = 0
    var quality = Quality.good
    var sampleTime = SampleTime.none
    var hasFlag = false
    var hasValue = false
  }

  private let records: FieldRecords
  private let header: Range<Int>
  private var dataTime = FieldRecords.Time.unknown
  private var recordTime = FieldRecords.Time.unknown
  /// Whether the record begun last holds more than what all of them begin with.
  private var isFilled = false
  private var polID: (value: RawValue, quality: Quality)?

  private let items: UnsafeMutableBufferPointer<HJ212Item>
  private var run = Run()

  /// - Parameters:
  ///   - header: the fields that each record begins with; the first has them.
  ///   - items: memory for `mostInRun` items.
  init(records: FieldRecords, header: Range<Int>, run items: UnsafeMutableBufferPointer<HJ212Item>) {
    self.records = records
    self.header = header
    self.items = items
  }

  mutating func take(_ item: HJ212Item) throws(Refusal) {
    guard item.codeCount > 0 else {
      finish()
      return try takeWithoutFactor(item)
    }
    if !continuesRun(item) { finish() }
    guard run.count < HJ212Values.mostInRun else {
      throw Refusal(
        .malformed,
        "at most \(HJ212Values.mostInRun) values of one factor in a row are expected, and more begin at offset "
          + "\(item.offset)")
    }
    items.initializeElement(at: run.count, to: item)
    run.count += 1
    switch item.kind {
    case .value: run.hasValue = true
    case .flag: note(flag: item)
    case .sampleTime: note(sampleTime: item)
    }
  }

  /// Ends the run.
  mutating func finish() {
    guard run.count > 0 else { return }
    if case .at(let time) = run.sampleTime { enter(.at(time)) } else { enter(dataTime) }
    for index in 0..<run.count { add(items[index]) }
    run = Run()
  }

  /// A `;` ends a run that has its flag, and one that would begin anew. It does not end others: there are devices that
  /// write it in front of the flag.
  private func continuesRun(_ item: HJ212Item) -> Bool {
    guard run.count > 0 else { return true }
    let first = items[0]
    guard HJ212Name.isSame(first.code, item.code) else { return false }
    return !item.opensGroup || !(run.hasFlag && run.hasValue || HJ212Name.isSame(first.name, item.name))
  }

  private mutating func note(flag item: HJ212Item) {
    run.hasFlag = true
    if item.text.isEmpty && item.isWhole { return }
    guard item.isWhole, item.text.count == 1 else {
      run.quality = .device
      return
    }
    switch item.text[0] {
    case UInt8(ascii: "N"), UInt8(ascii: "n"), UInt8(ascii: "1"), UInt8(ascii: "3"): break
    default: run.quality = .device
    }
  }

  private mutating func note(sampleTime item: HJ212Item) {
    if item.text.isEmpty && item.isWhole { return }
    if item.isWhole, let time = HJ212Time.parse(item.text) {
      run.sampleTime = .at(time)
    } else {
      run.sampleTime = .impossible
      run.quality = .device
    }
  }

  private func add(_ item: HJ212Item) {
    var (value, quality) = item.value(mayBeNumber: item.kind == .value)
    switch item.kind {
    case .value: if quality == .good { quality = run.quality }
    case .flag: break
    case .sampleTime:
      guard case .impossible = run.sampleTime else { return }
      quality = .type
    }
    records.add(HJ212Name.factor(item.name, codeCount: item.codeCount, in: records), value, quality: quality)
  }

  private mutating func takeWithoutFactor(_ item: HJ212Item) throws(Refusal) {
    if HJ212Name.isSame(item.name, "DataTime") { return try take(dataTime: item) }
    if HJ212Name.isSame(item.name, "PolId") { return take(polID: item) }
    enter(dataTime)
    let (value, quality) = item.value(mayBeNumber: true)
    records.add(item.name, value, quality: quality)
  }

  private mutating func take(polID item: HJ212Item) {
    let isFurther = polID != nil
    if !isFurther, recordTime != dataTime { begin(dataTime) }
    let (value, quality) = item.value(mayBeNumber: false)
    polID = (value.text.map { .text(HJ212Name.code($0, in: records)) } ?? value, quality)
    if isFurther { begin(dataTime) } else { addPolID() }
  }

  private mutating func take(dataTime item: HJ212Item) throws(Refusal) {
    if item.text.isEmpty && item.isWhole { return }
    guard item.isWhole, let time = HJ212Time.parse(item.text) else {
      throw Refusal(
        .time,
        "DataTime at offset \(item.offset) is expected to be a time of 14 or 17 digits, and is \(found(item))")
    }
    let isFirst = dataTime == .unknown && recordTime == .unknown
    dataTime = .at(time)
    if isFirst {
      setTime(dataTime)
    } else {
      polID = nil
      begin(dataTime)
    }
  }

  /// Quotes digits only: what else stands there may not be meant for a log.
  private func found(_ item: HJ212Item) -> String {
    let mostDigits = 20
    let isNumber = item.isWhole && item.text.count <= mostDigits && item.text.allSatisfy { $0 &- 0x30 <= 9 }
    return isNumber ? String(decoding: item.text, as: UTF8.self) : "none, of \(item.text.count) bytes"
  }

  /// Sees to it that the record begun last is one of this time, for values that are about to be added.
  private mutating func enter(_ time: FieldRecords.Time) {
    if time != recordTime {
      if isFilled { begin(time) } else { setTime(time) }
    }
    isFilled = true
  }

  private mutating func setTime(_ time: FieldRecords.Time) {
    records.setTime(time)
    recordTime = time
  }

  private mutating func begin(_ time: FieldRecords.Time) {
    records.begin(time)
    recordTime = time
    isFilled = false
    for index in header {
      let field = records.fields[index]
      records.add(field.name, field.value, quality: field.quality)
    }
    addPolID()
  }

  private func addPolID() {
    if let polID { records.add(HJ212Values.polIDName, polID.value, quality: polID.quality) }
  }
}
