import DurableSQLite
import Ingest
import Storage
import Telemetry

/// What the pipeline writes: checkpoints, what has happened to alerts between them, and upkeep.
extension Pipeline {
  /// True where what waits in memory should not grow before it is written, or somebody waits for it.
  var needsCheckpoint: Bool {
    letters.bytes > Pipeline.deadLetterBytesInMemory || windows.needsCheckpoint || audit.isAwaited
  }

  /// Writes all that has changed in one transaction.
  ///
  /// - Throws: `DatabaseFailure`; after `.full` the store has not changed, and the same can be tried again.
  func checkpoint() throws(DatabaseFailure) {
    let moment = now()
    if registry.awaitsListing { registry.enlist(at: max(times.heardAt, moment)) }
    if !registry.retagged.isEmpty { tellTags() }
    alerts?.lookUp()
    guard
      appliedSequence > checkpointedSequence || !registry.unsaved.isEmpty || audit.hasUnsaved
        || alerts?.hasUnsaved ?? false
    else {
      // Nothing to write is as good as written.
      sharedStatus.update { $0.checkpointedAt = .now }
      tap.handOver(through: appliedSequence, registry.unsaved, at: moment)
      return
    }
    let began = ContinuousClock.now
    let outdone: [SeriesID]
    let checkpoint = makeCheckpoint()
    do {
      outdone = try store.write(checkpoint)
    } catch {
      windows.checkpointFailed()
      sharedStatus.update { $0.isDiskFull = true }
      throw error
    }
    windows.checkpointed()
    latest.checkpointed(outdone: outdone)
    tap.handOver(through: appliedSequence, registry.unsaved, at: moment)
    registry.saved()
    routes.saved()
    identities.saved()
    sparkplug.saved()
    versions.saved()
    letters.saved()
    audit.saved()
    try alertsAreStored()
    try alerts?.windowsChanged(checkpoint.changes, store)
    checkpointedSequence = appliedSequence
    applied.advance(to: appliedSequence)
    publishStatus(checkpointTime: ContinuousClock.now - began)
  }

  // MARK: Alerts

  /// Somebody is to be called, or waits for an answer.
  var alertsAreUrgent: Bool { alerts?.isUrgent ?? alertMail.isAwaited }

  /// Writes what has happened to alerts, so that hooks are called before the next checkpoint. Where devices, series or tags
  /// are new it is a whole checkpoint: a start would not know yet what the alerts are about, and withdraw them.
  func writeAlerts() throws(DatabaseFailure) {
    guard let alerts else { return alertMail.refuse() }
    guard registry.unsaved.isEmpty else { return try checkpoint() }
    try store.write(alerts.changes(isWhole: false))
    try alertsAreStored()
  }

  /// What has happened to alerts is in the store: it may be told.
  private func alertsAreStored() throws(DatabaseFailure) {
    guard let alerts, alerts.saved() else { return }
    streams.tellTransitions(through: try store.read { try $0.lastTransition() })
  }

  /// Does some of what is due in the store between checkpoints.
  ///
  /// - Parameter span: about how long it may take.
  /// - Returns: true where more is due.
  /// - Throws: `DatabaseFailure`; `.full` has changed nothing.
  func upkeep(atMost span: Duration) throws(DatabaseFailure) -> Bool {
    let isMoreDue = try store.upkeep(now: now(), atMost: span)
    windows.keep(from: store.minutesKeptFrom)
    let usage = try store.usage()
    sharedStatus.update { $0.storeUsage = usage }
    return isMoreDue
  }

  /// Closes the store for a clean stop; what is not checkpointed by then is replayed by the next start.
  func close() throws(DatabaseFailure) {
    try store.close()
  }

  private func makeCheckpoint() -> Checkpoint {
    var checkpoint = Checkpoint()
    checkpoint.journalID = journalID
    checkpoint.appliedSequence = appliedSequence
    checkpoint.writtenAt = now()
    checkpoint.heardAt = times.heardAt
    checkpoint.receivedAtQoS0 = receivedAtQoS0
    checkpoint.devices = registry.unsaved.devices
    checkpoint.listings = registry.unsaved.listings
    checkpoint.profileMetrics = registry.unsaved.profileMetrics
    checkpoint.tags = registry.unsaved.tags
    checkpoint.series = registry.unsaved.series
    checkpoint.states = registry.unsaved.states
    // One copy for all windows.
    let (heardAt, registry) = (times.heardAt, registry)
    checkpoint.changes = windows.drainDirty { series in
      let expectation = registry.expectation(of: series, in: .minute)
      return (
        expectation.readings, expectation.profile.map { versions.number(of: $0, usedAt: heardAt) } ?? 0
      )
    }
    checkpoint.profileVersions = versions.unsaved
    checkpoint.identities = identities.unsaved
    checkpoint.identitiesForgotten = identities.forgotten
    checkpoint.sparkplugNodes = sparkplug.unsavedRecords()
    checkpoint.latest = latest.changes()
    checkpoint.deadLetters = letters.unsaved
    checkpoint.deadLettersOpened = letters.opened
    checkpoint.messages = routes.changedAccounts()
    checkpoint.readings = registry.changedAccounts()
    checkpoint.audit = audit.take()
    checkpoint.alerts = alerts?.changes(isWhole: true)
    return checkpoint
  }

  func publishStatus(checkpointTime: Duration) {
    // What the last upkeep found stays until the next.
    let usage = sharedStatus.value.storeUsage
    let status = PipelineStatus(
      isDiskFull: false, devices: registry.devices.count, series: registry.seriesCount,
      windowsInMemory: windows.count, openWindows: windows.openCount(at: now()),
      samplesInMemory: windows.sampleCount, messageIdentities: identities.count,
      messageIdentitiesCrowdedOut: identities.crowdedOut, storeUsage: usage,
      checkpointTime: checkpointTime, checkpointedAt: .now, survey: routes.survey, sparkplug: sparkplug.status)
    sharedStatus.update { $0 = status }
  }
}
