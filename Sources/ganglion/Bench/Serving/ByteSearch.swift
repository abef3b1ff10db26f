import Glibc

extension UnsafeRawBufferPointer {
  /// The place behind the first occurrence of some bytes, from a place on; nil where there is none.
  func end(of sought: [UInt8], from place: Int = 0) -> Int? {
    guard let base = baseAddress, let first = sought.first else { return nil }
    var place = place
    while place + sought.count <= count,
      let found = memchr(base + place, Int32(first), count - place - sought.count + 1)
    {
      place = UnsafeRawPointer(found) - base
      if memcmp(found, sought, sought.count) == 0 { return place + sought.count }
      place += 1
    }
    return nil
  }
}
