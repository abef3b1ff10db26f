/// Reads up to 64 bits at any bit of a payload.
///
/// The caller has made sure that `position` to `position + count` lies within the payload.
struct LayoutBits {
  let payload: UnsafeRawBufferPointer

  func bits(at position: Int, count: Int, order: LayoutOrder) -> UInt64 {
    switch order {
    case .big: highestFirst(position, count)
    case .little: lowestFirst(position, count)
    case .wordSwapped: words(position, count, lowestWordFirst: true)
    case .byteSwapped: words(position, count, lowestWordFirst: false)
    }
  }

  private func highestFirst(_ position: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    var position = position
    var left = count
    while left > 0 {
      let inByte = 8 - position & 7
      let taken = min(inByte, left)
      value = value << UInt64(taken) | UInt64(payload[position >> 3] >> UInt8(inByte - taken)) & Self.ones(taken)
      position += taken
      left -= taken
    }
    return value
  }

  private func lowestFirst(_ position: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    var done = 0
    while done < count {
      let offset = (position + done) & 7
      let taken = min(8 - offset, count - done)
      value |= (UInt64(payload[(position + done) >> 3] >> UInt8(offset)) & Self.ones(taken)) << UInt64(done)
      done += taken
    }
    return value
  }

  private func words(_ position: Int, _ count: Int, lowestWordFirst: Bool) -> UInt64 {
    var value: UInt64 = 0
    for offset in stride(from: 0, to: count, by: 16) {
      if lowestWordFirst {
        value |= highestFirst(position + offset, 16) << UInt64(offset)
      } else {
        value = value << 16 | lowestFirst(position + offset, 16)
      }
    }
    return value
  }

  /// So many ones, 0–64.
  static func ones(_ count: Int) -> UInt64 { count >= 64 ? .max : (1 << UInt64(count)) - 1 }
}
