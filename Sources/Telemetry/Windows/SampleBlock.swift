/// Samples of neighbouring series in windows of one start, as bytes: what one checkpoint adds to one bucket.
///
/// Series are put into buckets by their number, so that one window's samples are found without those of all others.
///
/// A block is a directory and runs of samples behind it. All numbers are little endian; a varint has seven bits a byte,
/// the lowest first, and zigzag folds the sign into the lowest bit.
///
///     u8      version, 1
///     u32     n, the number of runs
///     n × {   by series
///       u32   series
///       u32   offset of the run from the start of the block
///     }
///     n × run: varint count, then for each sample
///       varint   zigzag of the time in µs, less that of the sample before; the first one's less the window's start
///       u8       bytes cut from the value: zero bytes at the top × 16 + zero bytes at the bottom
///       bytes    of the value's bits, xor those of the value before, without the bytes cut
///
/// Samples stand in the order of arrival, newest first; several blocks may hold samples of one window.
public struct SampleBlock: Sendable {
  /// Seconds since 1970.
  public let start: Int64
  /// Of all series in it.
  public let bucket: Int64
  /// As they are described above.
  public let bytes: [UInt8]

  private static let seriesInBucket: UInt32 = 64

  /// The number of the bucket that a series belongs to.
  public static func bucket(of series: SeriesID) -> Int64 { Int64(series.rawValue / seriesInBucket) }

  static let version: UInt8 = 1
  private static let headerBytes = 5
  private static let entryBytes = 8

  /// The samples of one series in a block, newest arrival first.
  ///
  /// - Parameter bytes: a block; nil is returned where it is none.
  public static func samples(
    of series: SeriesID, start: Int64, in bytes: UnsafeRawBufferPointer
  ) -> [TimedValue]? {
    guard bytes.count >= headerBytes, bytes[0] == version else { return nil }
    let count = Int(bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self).littleEndian)
    guard count <= (bytes.count - headerBytes) / entryBytes else { return nil }
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if entry(middle, in: bytes).series < series.rawValue { low = middle + 1 } else { high = middle }
    }
    guard low < count else { return [] }
    let found = entry(low, in: bytes)
    guard found.series == series.rawValue else { return [] }
    var reader = RunReader(bytes, at: Int(found.offset))
    return reader.samples(start: start)
  }

  private static func entry(_ index: Int, in bytes: UnsafeRawBufferPointer) -> (series: UInt32, offset: UInt32) {
    let at = headerBytes + index * entryBytes
    return (
      bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self).littleEndian,
      bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self).littleEndian
    )
  }

  /// Puts a block together, series by series in their order.
  struct Builder {
    let start: Int64
    let bucket: Int64
    private var directory: [(series: UInt32, offset: Int)] = []
    private var runs: [UInt8] = []
    private var lastTime: Int64 = 0
    private var lastBits: UInt64 = 0

    init(start: Int64, bucket: Int64) {
      self.start = start
      self.bucket = bucket
    }

    mutating func beginRun(of series: SeriesID, count: Int) {
      directory.append((series.rawValue, runs.count))
      appendVarint(UInt64(count))
      lastTime = start &* 1_000_000
      lastBits = 0
    }

    mutating func append(_ sample: TimedValue) {
      let delta = sample.time.microseconds &- lastTime
      appendVarint(UInt64(bitPattern: (delta << 1) ^ (delta >> 63)))
      lastTime = sample.time.microseconds
      let bits = sample.value.bitPattern
      let change = bits ^ lastBits
      lastBits = bits
      let top = Swift.min(change.leadingZeroBitCount / 8, 8)
      let bottom = top == 8 ? 0 : change.trailingZeroBitCount / 8
      runs.append(UInt8(top << 4 | bottom))
      var kept = change >> UInt64(bottom * 8)
      for _ in 0..<Swift.max(0, 8 - top - bottom) {
        runs.append(UInt8(truncatingIfNeeded: kept))
        kept >>= 8
      }
    }

    private mutating func appendVarint(_ number: UInt64) {
      var rest = number
      while rest >= 0x80 {
        runs.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      runs.append(UInt8(rest))
    }

    /// Nil without any run.
    consuming func finish() -> SampleBlock? {
      guard !directory.isEmpty else { return nil }
      let head = headerBytes + directory.count * entryBytes
      var bytes: [UInt8] = []
      bytes.reserveCapacity(head + runs.count)
      bytes.append(version)
      func append(_ number: UInt32) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
      append(UInt32(directory.count))
      for (series, offset) in directory {
        append(series)
        append(UInt32(head + offset))
      }
      bytes.append(contentsOf: runs)
      return SampleBlock(start: start, bucket: bucket, bytes: bytes)
    }
  }
}

/// Reads a run; nil for bytes that are none.
private struct RunReader {
  private let bytes: UnsafeRawBufferPointer
  private var position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
    self.bytes = bytes
    self.position = position
  }

  mutating func samples(start: Int64) -> [TimedValue]? {
    // A sample has two bytes at least.
    guard let count = varint(), count <= UInt64(bytes.count) / 2 else { return nil }
    var samples: [TimedValue] = []
    samples.reserveCapacity(Int(count))
    var time = start &* 1_000_000
    var bits: UInt64 = 0
    for _ in 0..<count {
      guard let folded = varint(), let change = valueChange() else { return nil }
      time &+= Int64(bitPattern: (folded >> 1) ^ (0 &- (folded & 1)))
      bits ^= change
      samples.append(TimedValue(time: Timestamp(microseconds: time), value: Double(bitPattern: bits)))
    }
    return samples
  }

  private mutating func varint() -> UInt64? {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
    }
    return nil
  }

  private mutating func valueChange() -> UInt64? {
    guard position < bytes.count else { return nil }
    let cut = bytes[position]
    position += 1
    let top = Int(cut >> 4)
    let bottom = Int(cut & 15)
    let length = 8 - top - bottom
    guard length >= 0, position + length <= bytes.count else { return nil }
    var change: UInt64 = 0
    for index in 0..<length { change |= UInt64(bytes[position + index]) << UInt64((bottom + index) * 8) }
    position += length
    return change
  }
}
