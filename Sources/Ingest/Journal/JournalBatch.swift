import DurableSQLite
import Foundation
import GRDB

/// One row of the journal, its checksum verified and its frames counted.
struct JournalBatch {
  let first: UInt64
  let last: UInt64
  let bytes: Data

  /// - Throws: `DatabaseFailure.damaged`
  init(_ row: GRDB.Row, path: String) throws(DatabaseFailure) {
    first = UInt64(row[0] as Int64)
    last = UInt64(row[1] as Int64)
    bytes = row[3]
    let checksum = UInt64(bitPattern: row[2] as Int64)
    guard bytes.withUnsafeBytes({ ContentHash.of($0) }) == checksum else {
      throw DatabaseFailure.damaged("\(path): batch \(last): the checksum does not fit")
    }
    guard bytes.withUnsafeBytes({ JournalBatch.frameCount($0) }) == Int(last - first) + 1 else {
      throw DatabaseFailure.damaged("\(path): batch \(last): its frames are not \(last - first + 1)")
    }
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
