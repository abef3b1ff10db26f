import DurableSQLite
import Foundation
import GRDB

/// One row of the journal, its checksum verified and its frames counted.
struct JournalBatch {
  /// Those that messages can have; 0 before the first. At a million a second the greatest comes in 100,000 years.
  static let sequences: ClosedRange<Int64> = 0...1 << 62

  let first: UInt64
  let last: UInt64
  let bytes: Data

  /// - Throws: `DatabaseFailure.damaged`
  init(_ row: GRDB.Row, path: String) throws(DatabaseFailure) {
    guard let first = row[0] as Int64?, let last = row[1] as Int64?, let checksum = row[2] as Int64?,
      let bytes = row[3] as Data?
    else { throw DatabaseFailure.damaged("\(path): a batch has no values") }
    try self.init(first: first, last: last, checksum: checksum, bytes: bytes, path: path)
  }

  /// - Throws: `DatabaseFailure.damaged`
  init(first: Int64, last: Int64, checksum: Int64, bytes: Data, path: String) throws(DatabaseFailure) {
    guard bytes.withUnsafeBytes({ ContentHash.of($0) }) == UInt64(bitPattern: checksum) else {
      throw DatabaseFailure.damaged("\(path): batch \(last): the checksum does not fit")
    }
    // The checksum is of the frames alone.
    guard first > 0, last >= first, JournalBatch.sequences.contains(last),
      bytes.withUnsafeBytes({ JournalBatch.frameCount($0) }) == Int(last - first) + 1
    else { throw DatabaseFailure.damaged("\(path): batch \(last): its frames are not those from \(first) to \(last)") }
    self.first = UInt64(first)
    self.last = UInt64(last)
    self.bytes = bytes
  }

  private static func frameCount(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var offset = 0
    var count = 0
    while offset < bytes.count {
      guard let length = MessageFrame.length(at: offset, in: bytes) else { return nil }
      offset += length
      count += 1
    }
    return count
  }

  /// Each message with its sequence; its bytes live for the call, with `trailingBytes` readable ones behind them.
  func forEachFrame(trailingBytes: Int = 0, _ body: (UInt64, MessageFrame) throws -> Void) rethrows {
    var padded = bytes
    padded.append(Data(count: trailingBytes))
    try padded.withUnsafeBytes { padded in
      let whole = UnsafeRawBufferPointer(rebasing: padded[..<bytes.count])
      var offset = 0
      var sequence = first
      while let length = MessageFrame.length(at: offset, in: whole) {
        try body(sequence, MessageFrame(UnsafeRawBufferPointer(rebasing: whole[offset..<offset + length])))
        offset += length
        sequence += 1
      }
    }
  }
}
