import Foundation
import GRDB

/// The tables of `journal.db` and the statements on them.
enum JournalSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 journal") { db in
      try db.execute(
        sql: """
          CREATE TABLE journal (
            id BLOB NOT NULL,
            store_id BLOB,
            trimmed_through INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE batch (
            last_sequence INTEGER PRIMARY KEY,
            first_sequence INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            messages BLOB NOT NULL
          ) STRICT;
          CREATE TABLE packet (
            packet_id INTEGER PRIMARY KEY,
            content_hash INTEGER NOT NULL,
            sequence INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE session (
            client_id TEXT NOT NULL,
            broker TEXT NOT NULL,
            filters TEXT NOT NULL,
            cleared_at INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE catalogue (
            first_sequence INTEGER PRIMARY KEY,
            files BLOB NOT NULL
          ) STRICT;
          """)
      try db.execute(sql: "INSERT INTO journal VALUES (randomblob(16), NULL, 0)")
    }
    return migrator
  }

  static func insert(_ run: FrameRun, first: UInt64, last: UInt64, in db: Database) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT INTO batch (last_sequence, first_sequence, checksum, messages) VALUES (?, ?, ?, ?)")
    // GRDB copies the bytes once, into SQLite; the Data only lends them.
    let bytes = Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: run.bytes.baseAddress!), count: run.bytes.count, deallocator: .none
    )
    statement.setUncheckedArguments([Int64(last), Int64(first), Int64(bitPattern: ContentHash.of(run.bytes)), bytes])
    try statement.execute()
  }

  static func keep(packetID: Int, _ entry: PacketTable.Entry, in db: Database) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO packet (packet_id, content_hash, sequence) VALUES (?, ?, ?)")
    statement.setUncheckedArguments([packetID, Int64(bitPattern: entry.contentHash), Int64(entry.sequence)])
    try statement.execute()
  }

  static func deleteBatches(through sequence: UInt64, in db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM batch WHERE last_sequence <= ?").execute(arguments: [Int64(sequence)])
    try db.cachedStatement(sql: "UPDATE journal SET trimmed_through = ?").execute(arguments: [Int64(sequence)])
    // Of the catalogues only the one in force at the first kept message, and later ones, are needed.
    try db.cachedStatement(
      sql: """
        DELETE FROM catalogue WHERE first_sequence <
          (SELECT max(first_sequence) FROM catalogue WHERE first_sequence <= ?)
        """
    ).execute(arguments: [Int64(sequence) + 1])
  }

  /// Moves every sequence, in an order that never lets two rows have the same.
  static func shiftSequences(by shift: Int64, in db: Database) throws {
    let order = shift > 0 ? "DESC" : "ASC"
    for last in try Int64.fetchAll(db, sql: "SELECT last_sequence FROM batch ORDER BY last_sequence \(order)") {
      try db.execute(
        sql:
          "UPDATE batch SET last_sequence = last_sequence + ?1, first_sequence = first_sequence + ?1 WHERE last_sequence = ?2",
        arguments: [shift, last])
    }
    try db.execute(
      sql: """
        UPDATE journal SET trimmed_through = max(0, trimmed_through + :shift);
        UPDATE packet SET sequence = max(1, sequence + :shift);
        UPDATE session SET cleared_at = max(0, cleared_at + :shift);
        """, arguments: ["shift": shift])
    for first in try Int64.fetchAll(db, sql: "SELECT first_sequence FROM catalogue ORDER BY first_sequence \(order)") {
      try db.execute(
        sql: "UPDATE catalogue SET first_sequence = max(1, first_sequence + ?) WHERE first_sequence = ?",
        arguments: [shift, first])
    }
  }
}
