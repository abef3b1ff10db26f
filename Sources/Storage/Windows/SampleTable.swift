import DurableSQLite
import GRDB
import Telemetry

/// The samples that windows keep for a while, in blocks that are added and never rewritten.
///
/// Blocks go together, all those of one window start, once none of its windows has changed for long enough.
struct SampleTable {
  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  /// - Parameter windows: those of the checkpoint, in the order of the key.
  func write(_ blocks: [SampleBlock], windows: [(key: WindowKey, state: WindowState)]) throws {
    guard !blocks.isEmpty || windows.contains(where: { $0.state.hasSamples }) else { return }
    let insert = try HotStatement(db, "INSERT INTO sample (start_s, bucket, block) VALUES (?, ?, ?)")
    for block in blocks {
      insert.bind(block.start, at: 1)
      insert.bind(block.bucket, at: 2)
      try block.bytes.withUnsafeBytes { bytes in
        insert.bind(bytes, at: 3)
        try insert.run()
      }
    }
    let keep = try HotStatement(
      db,
      """
      INSERT INTO sample_start (start_s, changed_at) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET changed_at = max(changed_at, excluded.changed_at)
      """)
    var last: (start: Int64, changedAt: Timestamp)?
    func flush() throws {
      guard let last else { return }
      keep.bind(last.start, at: 1)
      keep.bind(last.changedAt.microseconds, at: 2)
      try keep.run()
    }
    for (key, state) in windows where state.hasSamples {
      if last?.start != key.start {
        try flush()
        last = (key.start, state.changedAt)
      } else if let changedAt = last?.changedAt {
        last?.changedAt = max(changedAt, state.changedAt)
      }
    }
    try flush()
  }

  /// What is kept of one window's samples, as they came.
  ///
  /// - Throws: `DatabaseFailure.damaged` for a block that cannot be read.
  func samples(of key: WindowKey) throws -> [TimedValue] {
    let statement = try HotStatement(db, "SELECT block FROM sample WHERE start_s = ? AND bucket = ? ORDER BY id")
    statement.bind(key.start, at: 1)
    statement.bind(SampleBlock.bucket(of: key.series), at: 2)
    defer { statement.reset() }
    var samples: [TimedValue] = []
    while try statement.next() {
      guard let found = SampleBlock.samples(of: key.series, start: key.start, in: statement.bytes(0)) else {
        throw DatabaseFailure.damaged("the samples of the windows from \(key.start) on cannot be read")
      }
      samples += found.reversed()
    }
    return samples
  }

  /// Lets go of the blocks of one window start that nobody will ask for again.
  ///
  /// - Parameter moment: the windows of a start last changed before it have done with their samples.
  /// - Returns: false where there is nothing to let go.
  func expireOne(changedBefore moment: Timestamp) throws -> Bool {
    guard
      let start = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT start_s FROM sample_start WHERE changed_at < ? LIMIT 1"),
        arguments: [moment.microseconds])
    else { return false }
    try db.execute(sql: "DELETE FROM sample WHERE start_s = ?", arguments: [start])
    try db.execute(sql: "DELETE FROM sample_start WHERE start_s = ?", arguments: [start])
    return true
  }
}
