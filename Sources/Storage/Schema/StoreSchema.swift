import GRDB
import Telemetry

/// The tables of `store.db`.
///
/// Times are microseconds since 1970 in columns that end in `_at` or begin with `valid_`, seconds in those that end in
/// `_s`. The key of `aggregate` begins with the window, so that a checkpoint, which touches one or two windows of
/// every series, writes neighbouring pages.
enum StoreSchema {
  static var migrator: DatabaseMigrator { upTo(nil) }

  /// The migrations as far as one of them, for tests of what an older version left behind; nil for all.
  static func upTo(_ last: String?) -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 first light") { db in
      try db.execute(
        sql: """
          CREATE TABLE store (
            id BLOB NOT NULL,
            timezone TEXT NOT NULL,
            journal_id BLOB,
            applied_sequence INTEGER NOT NULL,
            checkpointed_at INTEGER NOT NULL,
            received_qos0 INTEGER NOT NULL,
            dead_letters_dropped INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE device (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            profile TEXT NOT NULL,
            first_seen_at INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE device_tag (
            device_id INTEGER NOT NULL REFERENCES device,
            name TEXT NOT NULL,
            valid_from INTEGER NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (device_id, name, valid_from)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            device_id INTEGER NOT NULL REFERENCES device,
            metric TEXT NOT NULL,
            kind TEXT NOT NULL,
            unit TEXT NOT NULL,
            UNIQUE (device_id, metric, kind, unit)
          ) STRICT;
          CREATE INDEX series_by_metric ON series (metric);
          CREATE TABLE state_name (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
          ) STRICT;
          CREATE TABLE aggregate (
            length_s INTEGER NOT NULL,
            start_s INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            count INTEGER NOT NULL,
            bad_count INTEGER NOT NULL,
            sum REAL NOT NULL,
            min REAL NOT NULL,
            max REAL NOT NULL,
            first REAL NOT NULL,
            first_at INTEGER NOT NULL,
            last REAL NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY (length_s, start_s, series_id)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE latest (
            series_id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            quality TEXT NOT NULL,
            value REAL NOT NULL
          ) STRICT;
          CREATE TABLE dead_letter (
            id INTEGER PRIMARY KEY,
            received_at INTEGER NOT NULL,
            topic BLOB NOT NULL,
            payload BLOB NOT NULL,
            qos INTEGER NOT NULL,
            retained INTEGER NOT NULL,
            profile TEXT,
            reason TEXT NOT NULL,
            detail TEXT NOT NULL
          ) STRICT;
          CREATE TABLE message_route (
            route TEXT PRIMARY KEY,
            entered INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE message_outcome (
            route TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (route, outcome, reason)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE reading_made (
            device_id INTEGER PRIMARY KEY,
            made INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE reading_outcome (
            device_id INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (device_id, outcome, reason)
          ) STRICT, WITHOUT ROWID;
          """)
      try db.execute(sql: "INSERT INTO store VALUES (randomblob(16), 'UTC', NULL, 0, 0, 0, 0)")
    }
    if last == "1 first light" { return migrator }
    migrator.registerMigration("2 completeness") { db in
      try db.execute(
        sql: """
          ALTER TABLE series ADD COLUMN interval_us INTEGER;
          ALTER TABLE aggregate ADD COLUMN expected REAL NOT NULL DEFAULT 0;
          """)
    }
    if last == "2 completeness" { return migrator }
    migrator.registerMigration("3 trusted aggregates") { db in try TrustedAggregates.migrate(db) }
    if last == "3 trusted aggregates" { return migrator }
    migrator.registerMigration("4 formats") { db in
      try db.execute(
        sql: """
          CREATE TABLE sparkplug_node (
            name TEXT PRIMARY KEY,
            births BLOB NOT NULL
          ) STRICT;
          CREATE TABLE sparkplug_sequence (
            name TEXT PRIMARY KEY,
            sequence BLOB NOT NULL
          ) STRICT, WITHOUT ROWID;
          """)
    }
    if last == "4 formats" { return migrator }
    migrator.registerMigration("5 registry") { db in try RegistryTables.migrate(db) }
    if last == "5 registry" { return migrator }
    migrator.registerMigration("6 replayed letters") { db in
      // Of older letters nobody wrote down where they are counted; where no profile was asked it was nowhere.
      try db.execute(sql: "ALTER TABLE dead_letter ADD COLUMN route TEXT NOT NULL DEFAULT '\(Ledger.noRoute)'")
    }
    if last == "6 replayed letters" { return migrator }
    migrator.registerMigration("7 questions") { db in
      try AuditTable.migrate(db)
      try db.execute(
        sql: """
          ALTER TABLE store ADD COLUMN directory_revision INTEGER NOT NULL DEFAULT 0;
          CREATE TABLE window_change (
            length_s INTEGER NOT NULL,
            start_s INTEGER NOT NULL,
            times INTEGER NOT NULL,
            PRIMARY KEY (length_s, start_s)
          ) STRICT, WITHOUT ROWID;
          """)
    }
    if last == "7 questions" { return migrator }
    migrator.registerMigration("8 alerts") { db in try AlertTables.migrate(db) }
    if last == "8 alerts" { return migrator }
    migrator.registerMigration("9 alerts of states") { db in try AlertTables.addStates(db) }
    if last == "9 alerts of states" { return migrator }
    migrator.registerMigration("10 calls by hook") { db in try HookCallTable.orderByHook(db) }
    if last == "10 calls by hook" { return migrator }
    migrator.registerMigration("11 alerts let go") { db in try AlertRetention.migrate(db) }
    return migrator
  }
}
