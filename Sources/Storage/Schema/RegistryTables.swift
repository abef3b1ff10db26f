import GRDB

/// The fifth version of `store.db`: devices that are listed, whether they have spoken or not.
enum RegistryTables {
  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE next_device (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          profile TEXT NOT NULL,
          first_seen_at INTEGER
        ) STRICT;
        INSERT INTO next_device SELECT id, name, profile, first_seen_at FROM device;
        DROP TABLE device;
        ALTER TABLE next_device RENAME TO device;
        CREATE TABLE listing (
          device_id INTEGER PRIMARY KEY REFERENCES device,
          is_listed INTEGER NOT NULL,
          listed_at INTEGER NOT NULL,
          expected_until_at INTEGER,
          name TEXT,
          code TEXT,
          longitude REAL,
          latitude REAL,
          interval_us INTEGER
        ) STRICT;
        ALTER TABLE device_tag ADD COLUMN is_listed INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE profile_metric (
          profile TEXT NOT NULL,
          metric TEXT NOT NULL,
          kind TEXT NOT NULL,
          unit TEXT NOT NULL,
          interval_us INTEGER,
          PRIMARY KEY (profile, metric)
        ) STRICT, WITHOUT ROWID;
        """)
  }
}
