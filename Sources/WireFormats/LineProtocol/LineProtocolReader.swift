import Telemetry

/// Reads the lines of one payload. A line is gone over once, and its tags once more: they are added behind the fields.
struct LineProtocolReader {
  private typealias Kind = LineProtocolScanner.Kind

  private let records: FieldRecords
  private let precision: LineProtocol.Precision
  private var scanner: LineProtocolScanner
  private var names = NamesOfRecord()
  /// For what is written without its backslashes.
  private var plain: [UInt8] = []

  init(_ payload: UnsafeRawBufferPointer, precision: LineProtocol.Precision, into records: FieldRecords) {
    self.records = records
    self.precision = precision
    scanner = LineProtocolScanner(payload)
  }

  /// Reads all lines, or those up to the most fields that `records` keeps.
  mutating func readLines() throws(Refusal) {
    while !scanner.isAtEnd, !records.isOverfull {
      scanner.skipBlanks()
      if scanner.next == UInt8(ascii: "#") {
        scanner.skipComment()
        guard scanner.takeLineEnd() else { throw expected("the text of a comment") }
      } else if !scanner.takeLineEnd() {
        try readLine()
      }
    }
  }

  private mutating func readLine() throws(Refusal) {
    let measurement = scanner.takePart(.measurement)
    guard !measurement.range.isEmpty else { throw expected("a measurement") }
    records.begin()
    names = NamesOfRecord(first: records.fields.count)
    add(LineProtocol.measurementName.bytes, text(of: measurement, .measurement))
    let tags = scanner.position
    try readTags(addsThem: false)
    guard scanner.next == UInt8(ascii: " ") else { throw expected("a blank and the fields") }
    scanner.skipBlanks()
    let firstField = records.fields.count
    try readFields()
    try readTime(firstField: firstField)
    let end = scanner.position
    scanner.move(to: tags)
    try readTags(addsThem: true)
    scanner.move(to: end)
  }

  /// Reads `,key=value` as long as there are any.
  private mutating func readTags(addsThem: Bool) throws(Refusal) {
    while scanner.take(UInt8(ascii: ",")) {
      let key = scanner.takePart(.key)
      guard !key.range.isEmpty else { throw expected("a tag's key") }
      guard scanner.take(UInt8(ascii: "=")) else { throw expected("'=' behind the tag key \(quoted(key))") }
      let value = scanner.takePart(.tagValue)
      guard !value.range.isEmpty else { throw expected("a value of the tag \(quoted(key))") }
      if addsThem { add(try name(of: key), text(of: value, .tagValue)) }
    }
  }

  /// Reads `key=value`, and more of them behind commas.
  private mutating func readFields() throws(Refusal) {
    repeat {
      let key = scanner.takePart(.key)
      guard !key.range.isEmpty else { throw expected("a field's key") }
      guard scanner.take(UInt8(ascii: "=")) else { throw expected("'=' behind the field key \(quoted(key))") }
      add(try name(of: key), try readValue(of: key))
    } while scanner.take(UInt8(ascii: ","))
  }

  private mutating func readValue(of key: LineProtocolScanner.Part) throws(Refusal) -> LineProtocolValue {
    let start = scanner.position
    guard scanner.take(UInt8(ascii: "\"")) else { return LineProtocolValue(word: scanner.takeWord()) }
    let part = scanner.takePart(.text)
    guard scanner.take(UInt8(ascii: "\"")) else {
      throw refusal("the text of the field \(quoted(key)) at byte \(start) of the payload has no closing quote")
    }
    return text(of: part, .text)
  }

  /// Reads what stands behind the fields: a time stamp or nothing, and the line's end.
  private mutating func readTime(firstField: Int) throws(Refusal) {
    guard scanner.next != UInt8(ascii: " ") else {
      scanner.skipBlanks()
      if scanner.takeLineEnd() { return }
      let word = scanner.takeWord()
      scanner.skipBlanks()
      guard !word.isEmpty, scanner.takeLineEnd() else { throw expected("the line's end behind its time stamp") }
      return setTime(word, firstField: firstField)
    }
    guard scanner.takeLineEnd() else { throw expected("',', a blank or the line's end behind a field") }
  }

  private func setTime(_ word: UnsafeRawBufferPointer, firstField: Int) {
    let fields = firstField..<max(firstField, records.fields.count)
    guard let number = DecimalNumber(word), number.isWhole else { return records.spoil(fields, .type) }
    guard let moment = number.integer.flatMap({ precision.timestamp($0) }) else {
      return records.spoil(fields, .overflow)
    }
    records.setTime(.at(moment))
  }

  private mutating func add(_ name: UnsafeRawBufferPointer, _ value: LineProtocolValue) {
    if let first = names.insert(name, among: records) {
      records.spoil(first..<first + 1, value.quality)
    } else {
      records.add(name, value.value, quality: value.quality)
    }
  }

  /// A key without its backslashes.
  private mutating func name(of key: LineProtocolScanner.Part) throws(Refusal) -> UnsafeRawBufferPointer {
    guard names.count <= LineProtocol.mostNames else {
      throw refusal(
        "the line of byte \(key.range.lowerBound) of the payload has more than \(LineProtocol.mostNames) fields and tags"
      )
    }
    let name = bytes(of: key, .key)
    guard name.isUTF8 else { throw refusal("the key \(quoted(key)) at byte \(key.range.lowerBound) is not UTF-8") }
    return name
  }

  private mutating func text(of part: LineProtocolScanner.Part, _ kind: Kind) -> LineProtocolValue {
    let text = bytes(of: part, kind)
    return LineProtocolValue(.text(text), text.isUTF8 ? .good : .type)
  }

  /// A part without its backslashes: where it stands, or kept where there are some.
  private mutating func bytes(of part: LineProtocolScanner.Part, _ kind: Kind) -> UnsafeRawBufferPointer {
    let escaped = scanner.payload.part(part.range)
    guard part.isEscaped else { return escaped }
    plain.removeAll(keepingCapacity: true)
    var isBehindBackslash = false
    for byte in escaped {
      // An escaped byte takes the place of its backslash.
      if isBehindBackslash, kind.isEscapable(byte) {
        plain[plain.count - 1] = byte
        isBehindBackslash = false
      } else {
        plain.append(byte)
        isBehindBackslash = byte == UInt8(ascii: "\\")
      }
    }
    return records.keep(plain)
  }

  private func quoted(_ part: LineProtocolScanner.Part) -> String { scanner.payload.part(part.range).quoted }

  private func refusal(_ detail: String) -> Refusal { Refusal(.malformed, detail) }

  /// What should stand at the scanner's place, and what does.
  private func expected(_ what: String) -> Refusal {
    let line = scanner.payload.prefix(scanner.position).count { $0 == UInt8(ascii: "\n") } + 1
    let place = "at byte \(scanner.position) of the payload, in line \(line)"
    guard let byte = scanner.next else { return refusal("expected \(what) \(place), but it ends there") }
    let found = (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte \(byte)"
    return refusal("expected \(what) \(place), but \(found) stands there")
  }
}
