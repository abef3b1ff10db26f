import WireFormats

/// The rows of a data set metric. Source: Eclipse Sparkplug 3.0, section 6.4.8.
enum SparkplugDataSet {
  /// Calls `body` with each row, in order, until it returns false.
  ///
  /// - Parameter columnName: makes the name of a column's values; nil where it would be too much.
  /// - Returns: false where the bytes are no data set; rows before the fault were called.
  static func forEachRow(
    of set: UnsafeRawBufferPointer, columnName: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?,
    _ body: (_ columns: [UnsafeRawBufferPointer], _ row: [RawValue]) -> Bool
  ) -> Bool {
    var columns: [UnsafeRawBufferPointer] = []
    var types: [SparkplugType] = []
    var reader = ProtobufReader(set)
    while let field = reader.next() {
      switch (field.number, field.value) {
      case (2, .bytes(let bytes)):
        guard let name = columnName(bytes) else { return false }
        columns.append(name)
      case (3, .varint(let number)): types.append(SparkplugType(number: number))
      case (3, .bytes(let packed)):
        var numbers = ProtobufReader(packed)
        while let number = numbers.nextPacked() { types.append(SparkplugType(number: number)) }
        guard !numbers.isBroken else { return false }
      default: continue
      }
    }
    guard !reader.isBroken else { return false }
    reader = ProtobufReader(set)
    while let field = reader.next() {
      guard field.number == 4, case .bytes(let bytes) = field.value else { continue }
      guard let row = row(bytes, types) else { return false }
      guard body(columns, row) else { return true }
    }
    return true
  }

  private static func row(_ bytes: UnsafeRawBufferPointer, _ types: [SparkplugType]) -> [RawValue]? {
    var row: [RawValue] = []
    var reader = ProtobufReader(bytes)
    while let field = reader.next() {
      guard field.number == 1, case .bytes(let cell) = field.value else { continue }
      guard let value = value(cell, row.count < types.count ? types[row.count] : .unknown) else { return nil }
      row.append(value)
    }
    return reader.isBroken ? nil : row
  }

  private static func value(_ cell: UnsafeRawBufferPointer, _ type: SparkplugType) -> RawValue? {
    var value = RawValue.null
    var reader = ProtobufReader(cell)
    while let field = reader.next() {
      switch (field.number, field.value) {
      case (1, .varint(let number)): value = RawValue(UInt32(truncatingIfNeeded: number), as: type)
      case (2, .varint(let number)): value = RawValue(number, as: type)
      case (3, .fixed32(let bits)): value = .double(Double(Float(bitPattern: bits)))
      case (4, .fixed64(let bits)): value = .double(Double(bitPattern: bits))
      case (5, .varint(let number)): value = .boolean(number != 0)
      case (6, .bytes(let text)): value = .text(text)
      default: continue
      }
    }
    return reader.isBroken ? nil : value
  }
}
