import DurableSQLite
import GRDB
import Telemetry

/// The third version of `store.db`: windows with their course, samples, levels, retention.
enum TrustedAggregates {
  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE aggregate RENAME TO former_aggregate;
        CREATE TABLE aggregate (
          length_s INTEGER NOT NULL,
          start_s INTEGER NOT NULL,
          metric_id INTEGER NOT NULL,
          series_id INTEGER NOT NULL,
          revision INTEGER NOT NULL,
          count INTEGER NOT NULL,
          bad_count INTEGER NOT NULL,
          sum REAL NOT NULL,
          min REAL NOT NULL,
          max REAL NOT NULL,
          first REAL NOT NULL,
          last REAL NOT NULL,
          detail BLOB NOT NULL,
          PRIMARY KEY (length_s, start_s, metric_id, series_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE metric (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE
        ) STRICT;
        INSERT INTO metric (name) SELECT DISTINCT metric FROM series ORDER BY metric;
        ALTER TABLE series ADD COLUMN metric_id INTEGER;
        UPDATE series SET metric_id = (SELECT id FROM metric WHERE name = metric);
        CREATE TABLE sample (
          id INTEGER PRIMARY KEY,
          start_s INTEGER NOT NULL,
          bucket INTEGER NOT NULL,
          block BLOB NOT NULL
        ) STRICT;
        CREATE INDEX sample_by_start ON sample (start_s, bucket);
        CREATE TABLE sample_start (
          start_s INTEGER PRIMARY KEY,
          changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE level (
          length_s INTEGER PRIMARY KEY,
          made_through_s INTEGER NOT NULL,
          next_metric INTEGER NOT NULL,
          next_series INTEGER NOT NULL,
          kept_from_s INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE profile_version (
          id INTEGER PRIMARY KEY,
          profile TEXT NOT NULL,
          hash INTEGER NOT NULL,
          used_from_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE message_identity (
          id INTEGER PRIMARY KEY,
          device_id INTEGER NOT NULL,
          hash INTEGER NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE eviction (
          what TEXT PRIMARY KEY,
          times INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE store ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE series ADD COLUMN modulus REAL NOT NULL DEFAULT 0;
        ALTER TABLE series ADD COLUMN drops_repeats INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE reading_made ADD COLUMN aggregated INTEGER NOT NULL DEFAULT 0;
        UPDATE reading_made SET aggregated = coalesce(
          (SELECT count FROM reading_outcome o WHERE o.device_id = reading_made.device_id AND outcome = 'aggregated'), 0);
        DELETE FROM reading_outcome WHERE outcome = 'aggregated';
        UPDATE store SET heard_at = coalesce((SELECT max(received_at) FROM latest), 0);
        ALTER TABLE latest RENAME TO former_latest;
        CREATE TABLE latest (
          series_id INTEGER PRIMARY KEY,
          at INTEGER NOT NULL,
          received_at INTEGER NOT NULL,
          quality INTEGER NOT NULL,
          value REAL NOT NULL
        ) STRICT;
        """)
    for level in Level.lengths {
      try db.execute(
        sql: "INSERT INTO level VALUES (?, ?, 0, 0, ?)", arguments: [level.seconds, Levels.none, Levels.none])
    }
    for quality in Quality.allCases {
      try db.execute(
        sql: """
          INSERT INTO latest SELECT series_id, at, received_at, ?, value FROM former_latest WHERE quality = ?
          """, arguments: [Int64(quality.rawValue), quality.reason])
    }
    try copyWindows(db)
    try db.execute(sql: "DROP TABLE former_aggregate; DROP TABLE former_latest")
    FaultPoint.migrated.reached()
  }

  /// Windows of the former versions know nothing of the order of their readings.
  private static func copyWindows(_ db: Database) throws {
    var writer = try WindowWriter(db, countsChanges: false)
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT length_s, start_s, series_id, revision, count, bad_count, sum, min, max, first, first_at, last, last_at,
          expected, (SELECT metric_id FROM series WHERE id = series_id) FROM former_aggregate
        """)
    while let row = try rows.next() {
      var state = WindowState(revision: row[3], expected: row[13])
      state.aggregate.count = row[4]
      state.aggregate.badCount = row[5]
      state.aggregate.sum = row[6]
      state.aggregate.min = row[7]
      state.aggregate.max = row[8]
      state.aggregate.first = row[9]
      state.aggregate.firstAt = Timestamp(microseconds: row[10])
      state.aggregate.last = row[11]
      state.aggregate.lastAt = Timestamp(microseconds: row[12])
      state.aggregate.isInexact = state.aggregate.count > 1
      try writer.write(
        WindowKey(start: row[1], series: SeriesID(rawValue: UInt32(row[2] as Int64))), state,
        length: WindowLength(seconds: row[0]), metric: row[14])
    }
  }
}
