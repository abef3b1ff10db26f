import GRDB
import Telemetry

/// Writes a checkpoint, but for its windows: `Rollups` does that. Each statement is prepared once per connection.
struct CheckpointWriter {
  let db: Database
  /// How many transitions of alerts are kept.
  let transitionLimit: Int

  /// What was found on the way.
  struct Result {
    /// Dead letters that are gone, for they were read again, and their bytes.
    var lettersOpened = (count: 0, bytes: 0)
    /// Series of which the store has a newer reading than the checkpoint.
    var outdone: [SeriesID] = []
  }

  func write(_ checkpoint: Checkpoint) throws -> Result {
    var result = Result()
    result.lettersOpened = try removeOpened(checkpoint.deadLettersOpened)
    try DeviceTables(db).write(checkpoint)
    try writeRegistry(checkpoint)
    try SampleTable(db).write(checkpoint.changes.samples, windows: checkpoint.changes.windows)
    result.outdone = try writeLatest(checkpoint)
    try writeIdentities(checkpoint)
    try writeSparkplugNodes(checkpoint)
    try writeDeadLetters(checkpoint)
    try writeLedger(checkpoint)
    try AuditTable(db).write(checkpoint.audit)
    if let alerts = checkpoint.alerts { try AlertTables(db).write(alerts, transitionLimit: transitionLimit) }
    if checkpoint.changesDirectory { try run("UPDATE store SET directory_revision = directory_revision + 1", []) }
    try run(
      "UPDATE store SET journal_id = ?, applied_sequence = ?, checkpointed_at = ?, received_qos0 = ?, heard_at = max(heard_at, ?)",
      [
        checkpoint.journalID, Int64(checkpoint.appliedSequence), checkpoint.writtenAt.microseconds,
        checkpoint.receivedAtQoS0, checkpoint.heardAt.microseconds,
      ])
    return result
  }

  private func run(_ sql: String, _ arguments: StatementArguments) throws {
    let statement = try db.cachedStatement(sql: sql)
    statement.setUncheckedArguments(arguments)
    try statement.execute()
  }

  private func writeRegistry(_ checkpoint: Checkpoint) throws {
    for series in checkpoint.series {
      try run("INSERT INTO metric (name) VALUES (?) ON CONFLICT DO NOTHING", [series.metric])
      try run(
        """
        INSERT INTO series (id, device_id, metric, kind, unit, interval_us, modulus, drops_repeats, metric_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT id FROM metric WHERE name = ?3))
        ON CONFLICT (id) DO UPDATE SET
          interval_us = excluded.interval_us, modulus = excluded.modulus, drops_repeats = excluded.drops_repeats
        """,
        [
          Int64(series.id.rawValue), series.deviceID, series.metric, series.kind.rawValue, series.unit,
          series.interval?.microseconds, series.modulus, series.dropsRepeats,
        ])
    }
    for version in checkpoint.profileVersions {
      try run(
        "INSERT INTO profile_version (id, profile, hash, used_from_at) VALUES (?, ?, ?, ?)",
        [Int64(version.id), version.profile, Int64(bitPattern: version.hash), version.usedFrom.microseconds])
    }
    for state in checkpoint.states {
      try run("INSERT INTO state_name (id, name) VALUES (?, ?)", [state.id, state.name])
    }
  }

  /// The newest readings; an older one than the store has changes nothing.
  ///
  /// - Returns: the series of those.
  private func writeLatest(_ checkpoint: Checkpoint) throws -> [SeriesID] {
    guard !checkpoint.latest.isEmpty else { return [] }
    var outdone: [SeriesID] = []
    let replace = try HotStatement(
      db, "INSERT OR REPLACE INTO latest (series_id, at, received_at, quality, value) VALUES (?, ?, ?, ?, ?)")
    let compare = try HotStatement(
      db,
      """
      INSERT INTO latest (series_id, at, received_at, quality, value) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET
        at = excluded.at, received_at = excluded.received_at, quality = excluded.quality, value = excluded.value
      WHERE excluded.at >= at
      """)
    for change in checkpoint.latest {
      let statement = change.isNewest ? replace : compare
      let reading = change.reading
      statement.bind(Int64(change.series.rawValue), at: 1)
      statement.bind(reading.time.microseconds, at: 2)
      statement.bind(reading.receivedAt.microseconds, at: 3)
      statement.bind(Int64(reading.quality.rawValue), at: 4)
      statement.bind(reading.value, at: 5)
      try statement.run()
      if !change.isNewest, !statement.hasChanged { outdone.append(change.series) }
    }
    return outdone
  }

  /// What devices called their messages, and none of those that are too old to be asked for.
  private func writeIdentities(_ checkpoint: Checkpoint) throws {
    for identity in checkpoint.identities {
      try run(
        "INSERT INTO message_identity (device_id, hash, received_at) VALUES (?, ?, ?)",
        [identity.deviceID, Int64(bitPattern: identity.hash), identity.receivedAt.microseconds])
    }
    guard checkpoint.identitiesForgotten > 0 else { return }
    try run(
      "DELETE FROM message_identity WHERE id IN (SELECT id FROM message_identity ORDER BY id LIMIT ?)",
      [checkpoint.identitiesForgotten])
  }

  /// Births are large and seldom, numbers small and with each message.
  private func writeSparkplugNodes(_ checkpoint: Checkpoint) throws {
    for node in checkpoint.sparkplugNodes {
      if let births = node.births {
        try run("INSERT OR REPLACE INTO sparkplug_node (name, births) VALUES (?, ?)", [node.name, births])
      }
      try run("INSERT OR REPLACE INTO sparkplug_sequence (name, sequence) VALUES (?, ?)", [node.name, node.sequence])
    }
  }

  private func removeOpened(_ ids: [UInt64]) throws -> (count: Int, bytes: Int) {
    var removed = (count: 0, bytes: 0)
    for id in ids {
      let bytes = try Int.fetchOne(
        db.cachedStatement(sql: "DELETE FROM dead_letter WHERE id = ? RETURNING length(topic) + length(payload)"),
        arguments: [Int64(id)])
      guard let bytes else { continue }
      removed.count += 1
      removed.bytes += bytes
    }
    return removed
  }

  private func writeDeadLetters(_ checkpoint: Checkpoint) throws {
    for letter in checkpoint.deadLetters {
      try run(
        """
        INSERT INTO dead_letter (id, received_at, topic, payload, qos, retained, profile, reason, detail, route)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          Int64(letter.id), letter.receivedAt.microseconds, letter.topic, letter.payload, letter.qos,
          letter.isRetained, letter.profile, letter.reason.rawValue, letter.detail, letter.route,
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
    try writeReadingAccounts(checkpoint)
  }

  /// There may be one for each device.
  private func writeReadingAccounts(_ checkpoint: Checkpoint) throws {
    let made = try HotStatement(
      db, "INSERT OR REPLACE INTO reading_made (device_id, made, aggregated) VALUES (?, ?, ?)")
    let outcome = try HotStatement(
      db, "INSERT OR REPLACE INTO reading_outcome (device_id, outcome, reason, count) VALUES (?, ?, ?, ?)")
    for (deviceID, account) in checkpoint.readings {
      made.bind(deviceID, at: 1)
      made.bind(account.entered, at: 2)
      made.bind(account.outcomes[Account.Entry.aggregated] ?? 0, at: 3)
      try made.run()
      // What happens to nearly every reading stands beside what was made.
      for (entry, count) in account.outcomes where entry != .aggregated {
        outcome.bind(deviceID, at: 1)
        outcome.bind(entry.word, at: 2)
        outcome.bind(entry.reason ?? "", at: 3)
        outcome.bind(count, at: 4)
        try outcome.run()
      }
    }
  }
}
