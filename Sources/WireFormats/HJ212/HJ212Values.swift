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

  private let records: FieldRecords
  private let header: Range<Int>
  private var dataTime = FieldRecords.Time.unknown
  private var recordTime = FieldRecords.Time.unknown
  private var polID: (value: RawValue, quality: Quality)?

  private let run: UnsafeMutableBufferPointer<HJ212Item>
  private var runCount = 0
  private var runQuality = Quality.good
  private var sampleTime = SampleTime.none
  private var hasFlag = false
  private var hasValue = false

  /// - Parameters:
  ///   - header: the fields that each record begins with; the first has them.
  ///   - run: memory for `mostInRun` items.
  init(records: FieldRecords, header: Range<Int>, run: UnsafeMutableBufferPointer<HJ212Item>) {
    self.records = records
    self.header = header
    self.run = run
  }

  mutating func take(_ item: HJ212Item) throws(Refusal) {
    guard item.codeCount > 0 else {
      finish()
      return try takeWithoutFactor(item)
    }
    if !continuesRun(item) { finish() }
    guard runCount < HJ212Values.mostInRun else {
      throw Refusal(
        .malformed,
        "at most \(HJ212Values.mostInRun) values of one factor in a row are expected, and more begin at offset "
          + "\(item.offset)")
    }
    run.initializeElement(at: runCount, to: item)
    runCount += 1
    switch item.kind {
    case .value: hasValue = true
    case .flag: note(flag: item)
    case .sampleTime: note(sampleTime: item)
    }
  }

  /// Ends the run.
  mutating func finish() {
    guard runCount > 0 else { return }
    if case .at(let time) = sampleTime { enter(.at(time)) } else { enter(dataTime) }
    for index in 0..<runCount { add(run[index]) }
    runCount = 0
    runQuality = .good
    sampleTime = .none
    hasFlag = false
    hasValue = false
  }

  /// A `;` ends a run that has its flag, and one that would begin anew. It does not end others: there are devices that
  /// write it in front of the flag.
  private func continuesRun(_ item: HJ212Item) -> Bool {
    guard runCount > 0 else { return true }
    let first = run[0]
    guard HJ212Name.isSame(first.code, item.code) else { return false }
    return !item.opensGroup || !(hasFlag && hasValue || HJ212Name.isSame(first.name, item.name))
  }

  private mutating func note(flag item: HJ212Item) {
    hasFlag = true
    if item.text.isEmpty && item.isWhole { return }
    guard item.isWhole, item.text.count == 1 else {
      runQuality = .device
      return
    }
    switch item.text[0] {
    case UInt8(ascii: "N"), UInt8(ascii: "n"), UInt8(ascii: "1"), UInt8(ascii: "3"): break
    default: runQuality = .device
    }
  }

  private mutating func note(sampleTime item: HJ212Item) {
    if item.text.isEmpty && item.isWhole { return }
    if item.isWhole, let time = HJ212Time.parse(item.text) {
      sampleTime = .at(time)
    } else {
      sampleTime = .impossible
      runQuality = .device
    }
  }

  private func add(_ item: HJ212Item) {
    var (value, quality) = item.value(mayBeNumber: item.kind == .value)
    switch item.kind {
    case .value: if quality == .good { quality = runQuality }
    case .flag: break
    case .sampleTime:
      guard case .impossible = sampleTime else { return }
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
    if !isFurther { enter(dataTime) }
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
      records.setTime(dataTime)
      recordTime = dataTime
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

  /// Sees to it that the record begun last is one of this time.
  private mutating func enter(_ time: FieldRecords.Time) {
    if time != recordTime { begin(time) }
  }

  private mutating func begin(_ time: FieldRecords.Time) {
    records.begin(time)
    recordTime = time
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
