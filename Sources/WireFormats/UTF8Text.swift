extension UnsafeRawBufferPointer {
  /// True where the bytes are UTF-8 as RFC 3629 has it.
  public var isUTF8: Bool {
    guard contains(where: { $0 >= 0x80 }) else { return true }
    return (try? UTF8Span(validating: assumingMemoryBound(to: UInt8.self).span)) != nil
  }

  /// The bytes of a range; those of them that are there.
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range.clamped(to: indices)])
  }

  /// No bytes.
  static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

  /// How a sentence names these bytes: their first forty characters in quotes.
  var quoted: String {
    "'\(String(decoding: prefix(160), as: UTF8.self).prefix(40))'"
  }

  /// The size of the byte order mark that some writers put before UTF-8; 0 where there is none.
  var byteOrderMarkBytes: Int { starts(with: "\u{FEFF}".utf8) ? "\u{FEFF}".utf8.count : 0 }
}

extension StaticString {
  /// Its UTF-8, which lives as long as the program.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
