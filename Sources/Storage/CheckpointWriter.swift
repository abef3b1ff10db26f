import GRDB
import Telemetry

/// The statements that a checkpoint is made of, each prepared once per connection.
struct CheckpointWriter {
  let db: Database

  func write(_ checkpoint: Checkpoint) throws {
    try writeRegistry(checkpoint)
    try writeWindows(checkpoint)
    try writeLatest(checkpoint)
    try writeDeadLetters(checkpoint)
    try writeLedger(checkpoint)
    try run(
      "UPDATE store SET journal_id = ?, applied_sequence = ?, checkpointed_at = ?, received_qos0 = ?",
      [
        checkpoint.journalID, Int64(checkpoint.appliedSequence), checkpoint.writtenAt.microseconds,
        checkpoint.receivedAtQoS0,
      ])
  }

  private func run(_ sql: String, _ arguments: StatementArguments) throws {
    let statement = try db.cachedStatement(sql: sql)
    statement.setUncheckedArguments(arguments)
    try statement.execute()
  }

  private func writeRegistry(_ checkpoint: Checkpoint) throws {
    for device in checkpoint.devices {
      try run(
        "INSERT INTO device (id, name, profile, first_seen_at) VALUES (?, ?, ?, ?)",
        [device.id, device.name, device.profile, device.firstSeenAt.microseconds])
    }
    for tag in checkpoint.tags {
      try run(
        "INSERT OR REPLACE INTO device_tag (device_id, name, valid_from, value) VALUES (?, ?, ?, ?)",
        [tag.deviceID, tag.name, tag.validFrom.microseconds, tag.value])
    }
    for series in checkpoint.series {
      try run(
        """
        INSERT INTO series (id, device_id, metric, kind, unit, interval_us) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET interval_us = excluded.interval_us
        """,
        [
          Int64(series.id.rawValue), series.deviceID, series.metric, series.kind.rawValue, series.unit,
          series.interval?.microseconds,
        ])
    }
    for state in checkpoint.states {
      try run("INSERT INTO state_name (id, name) VALUES (?, ?)", [state.id, state.name])
    }
  }

  private func writeWindows(_ checkpoint: Checkpoint) throws {
    for (key, state) in checkpoint.windows {
      let aggregate = state.aggregate
      try run(
        """
        INSERT OR REPLACE INTO aggregate
        (length_s, start_s, series_id, revision, count, bad_count, sum, min, max, first, first_at, last, last_at, expected)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          checkpoint.windowLength.seconds, key.start, Int64(key.series.rawValue), state.revision, aggregate.count,
          aggregate.badCount, aggregate.sum, aggregate.min, aggregate.max, aggregate.first,
          aggregate.firstAt.microseconds, aggregate.last, aggregate.lastAt.microseconds, state.expected,
        ])
    }
  }

  private func writeLatest(_ checkpoint: Checkpoint) throws {
    for (series, reading) in checkpoint.latest {
      try run(
        """
        INSERT INTO latest (series_id, at, received_at, quality, value) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
          at = excluded.at, received_at = excluded.received_at, quality = excluded.quality, value = excluded.value
        WHERE excluded.at >= at
        """,
        [
          Int64(series.rawValue), reading.time.microseconds, reading.receivedAt.microseconds, reading.quality.reason,
          reading.value,
        ])
    }
  }

  private func writeDeadLetters(_ checkpoint: Checkpoint) throws {
    for letter in checkpoint.deadLetters {
      try run(
        """
        INSERT INTO dead_letter (id, received_at, topic, payload, qos, retained, profile, reason, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          Int64(letter.id), letter.receivedAt.microseconds, letter.topic, letter.payload, letter.qos,
          letter.isRetained, letter.profile, letter.reason.rawValue, letter.detail,
        ])
    }
  }

  private func writeLedger(_ checkpoint: Checkpoint) throws {
    for (route, account) in checkpoint.messages {
      try run("INSERT OR REPLACE INTO message_route (route, entered) VALUES (?, ?)", [route, account.entered])
      for (entry, count) in account.outcomes {
        try run(
          "INSERT OR REPLACE INTO message_outcome (route, outcome, reason, count) VALUES (?, ?, ?, ?)",
          [route, entry.word, entry.reason ?? "", count])
      }
    }
    for (deviceID, account) in checkpoint.readings {
      try run("INSERT OR REPLACE INTO reading_made (device_id, made) VALUES (?, ?)", [deviceID, account.entered])
      for (entry, count) in account.outcomes {
        try run(
          "INSERT OR REPLACE INTO reading_outcome (device_id, outcome, reason, count) VALUES (?, ?, ?, ?)",
          [deviceID, entry.word, entry.reason ?? "", count])
      }
    }
  }
}
