import Telemetry

/// Reads the body of a frame: serial number, sending time, station, and groups of elements.
///
/// Invariants
/// - The first record is begun before any field is added; a group's record is begun when its first element comes.
struct SL651Body {
  private static let addressBytes = 5
  private static let sendingTimeBytes = 6
  private static let observationTimeBytes = 5
  private static let observationMark: UInt8 = 0xF0
  private static let stationMark: UInt8 = 0xF1
  private static let userMark: UInt8 = 0xFF

  private let frame: SL651Frame
  private let records: FieldRecords
  private var cursor: ByteCursor
  private var sent: Timestamp?
  private var observed: Timestamp?
  /// The header's record has its time, or elements that were measured at the sending.
  private var isHeaderSettled = false
  /// The next element begins a record.
  private var isRecordDue = false
  /// Between the values behind a step code.
  private var step: Duration?

  init(_ frame: SL651Frame, _ records: FieldRecords) {
    self.frame = frame
    self.records = records
    cursor = ByteCursor(frame.body)
  }

  mutating func read() throws(Refusal) {
    records.begin()
    records.addHex("station", frame.station)
    records.addHex("centre", frame.centre)
    records.addHex("function", CollectionOfOne(frame.function))
    if frame.isDownward { return }
    try readSending()
    readStation()
    // Each group is a record, and its profile may ask for the station.
    records.shareFields()
    if holdsElements { readElements() }
  }

  /// The identifiers of other functions' bodies are those of settings, and mean other things.
  private var holdsElements: Bool {
    switch frame.function {
    case 0x30...0x34, 0x37, 0x38, 0x3A, 0x44, 0x46: true
    default: false
    }
  }

  private mutating func readSending() throws(Refusal) {
    guard let serial = cursor.take(2), let time = cursor.take(SL651Body.sendingTimeBytes) else {
      throw Refusal(
        .malformed, "a body begins with serial number and sending time in 8 bytes, this has \(frame.body.count)")
    }
    records.add("serial", .integer(Int64(serial[0]) << 8 | Int64(serial[1])))
    sent = ChinaTime.timestamp(time)
    records.setTime(FieldRecords.Time(sent))
    if let sent {
      records.add("sent_s", .integer(sent.seconds))
    } else {
      records.add("sent_s", .null, quality: .type)
    }
  }

  /// The station's address again, and its type where an observation time follows.
  private mutating func readStation() {
    guard cursor.takeTwice(SL651Body.stationMark), cursor.take(SL651Body.addressBytes) != nil else { return }
    guard cursor.isTwice(SL651Body.observationMark, after: 1), let type = cursor.take(1) else { return }
    records.addHex("station_type", type)
  }

  private mutating func readElements() {
    while cursor.remaining > 0 {
      if cursor.takeTwice(SL651Body.observationMark) {
        guard let time = cursor.take(SL651Body.observationTimeBytes) else { return }
        beginGroup(ChinaTime.timestamp(time))
      } else if cursor.isTwice(SL651Body.stationMark, after: 0) {
        readStation()
      } else if !readElement() {
        return
      }
    }
  }

  private mutating func beginGroup(_ time: Timestamp?) {
    observed = time
    step = nil
    if isHeaderSettled {
      isRecordDue = true
    } else {
      records.setTime(FieldRecords.Time(time))
      isHeaderSettled = true
    }
  }

  /// - Returns: false where what follows cannot be told apart.
  private mutating func readElement() -> Bool {
    guard let identifier = cursor.byte(), !isUnmeasured(identifier) else { return false }
    var own: UInt8?
    if identifier == SL651Body.userMark {
      guard let next = cursor.byte() else { return false }
      own = next
    }
    guard let definition = cursor.byte() else { return false }
    let repeated = definition == identifier ? SL651Layout.ofRepeated(identifier) : nil
    let layout = repeated ?? SL651Layout(definition: definition)
    if own == nil, repeated == nil {
      if identifier == SL651Element.step { return readStep(layout) }
      if identifier == SL651Element.state { return readState(layout) }
      if identifier == SL651Element.hourlyRain || SL651Element.hourlyLevels.contains(identifier) {
        return readHour(identifier, layout)
      }
    }
    let isStandard = own == nil && repeated == nil
    let name = (isStandard ? SL651Element.name(identifier) : nil) ?? otherName(identifier, own)
    let count = seriesCount(layout.width, isRepeated: repeated != nil)
    if let step, count > 1, let bytes = cursor.take(count * layout.width) {
      addSeries(name, layout, bytes, step)
      return true
    }
    return readValue(name, layout, isPeriod: isStandard && identifier == SL651Element.period)
  }

  /// Manual text, picture, batch: they fill the rest of the body.
  private func isUnmeasured(_ identifier: UInt8) -> Bool {
    identifier == 0xF2 || identifier == 0xF3 || identifier == 0xFD
  }

  private func otherName(_ identifier: UInt8, _ own: UInt8?) -> UnsafeRawBufferPointer {
    let digits = HexDigits(CollectionOfOne(identifier), isLower: true)
    let prefix: StaticString = "id_"
    return withUnsafeTemporaryAllocation(byteCount: 7, alignment: 1) { text in
      var end = 0
      func write(_ byte: UInt8) {
        text[end] = byte
        end += 1
      }
      for index in 0..<prefix.utf8CodeUnitCount { write(prefix.utf8Start[index]) }
      digits.forEach(write)
      if let own { HexDigits(CollectionOfOne(own), isLower: true).forEach(write) }
      return records.keep(text[..<end])
    }
  }

  private mutating func readStep(_ layout: SL651Layout) -> Bool {
    guard let bytes = cursor.take(layout.width) else { return false }
    step = bytes.count == 3 ? SL651Series.step(bytes) : nil
    return true
  }

  private mutating func readState(_ layout: SL651Layout) -> Bool {
    let bits = SL651Layout(width: layout.width, decimals: 0, isBinary: true)
    guard let bytes = cursor.take(layout.width) else { return cutOff(SL651Element.name(SL651Element.state)) }
    beginRecord()
    if case .digits(let number) = bits.number(bytes) {
      SL651State.add(number, to: records)
    } else {
      records.add("zt", bits.number(bytes), decimals: 0)
    }
    return true
  }

  /// The values of an hour, which need no step code.
  private mutating func readHour(_ identifier: UInt8, _ defined: SL651Layout) -> Bool {
    let isRain = identifier == SL651Element.hourlyRain
    let layout = SL651Layout(width: isRain ? 1 : 2, decimals: isRain ? 1 : 2, isBinary: true)
    // The values have no decimals of their own; a definition that gives them some, or cuts a value, is not theirs.
    let isDefined = defined.decimals == 0 && defined.width > 0 && defined.width % layout.width == 0
    let count = isDefined ? defined.width : layout.width * SL651Series.valuesOfHour
    guard let name = SL651Element.name(identifier) else { return false }
    guard let bytes = cursor.take(count) else { return cutOff(name) }
    addSeries(name, layout, bytes, SL651Series.stepOfHour)
    return true
  }

  private mutating func readValue(_ name: UnsafeRawBufferPointer, _ layout: SL651Layout, isPeriod: Bool) -> Bool {
    guard let bytes = cursor.take(layout.width) else { return cutOff(name) }
    beginRecord()
    if isPeriod {
      records.add(name, SL651Series.period(bytes), decimals: 0)
    } else {
      records.add(name, layout.number(bytes), decimals: layout.decimals)
    }
    return true
  }

  private func seriesCount(_ width: Int, isRepeated: Bool) -> Int {
    guard let step else { return 1 }
    if frame.function == 0x31 || frame.function == 0x38 {
      return SL651Series.countOfPeriod(bytesLeft: cursor.remaining, width: width, step: step, from: observed, to: sent)
    }
    return isRepeated ? SL651Series.countOfHour(bytesLeft: cursor.remaining, width: width, step: step) : 1
  }

  /// Ends the reading at an element that is longer than the rest; in a first packet the rest of it is in the next.
  private mutating func cutOff(_ name: UnsafeRawBufferPointer?) -> Bool {
    if let name, frame.packets == 1 {
      beginRecord()
      records.add(name, .null, quality: .type)
    }
    return false
  }

  private mutating func beginRecord() {
    if isRecordDue { records.begin(FieldRecords.Time(observed)) }
    isRecordDue = false
    isHeaderSettled = true
  }

  /// Adds a record for each whole value in the bytes.
  private mutating func addSeries(
    _ name: UnsafeRawBufferPointer, _ layout: SL651Layout, _ bytes: UnsafeRawBufferPointer, _ step: Duration
  ) {
    var values = ByteCursor(bytes)
    var time = observed
    while layout.width > 0, let bytes = values.take(layout.width) {
      let (value, quality) = layout.number(bytes).value(decimals: layout.decimals)
      records.begin(FieldRecords.Time(time))
      records.add(name, value, quality: time == nil && quality == .good ? .type : quality)
      time = time.map { $0 + step }
    }
    isRecordDue = true
    isHeaderSettled = true
  }
}
