import DurableSQLite

/// Batches into the journal, and what is done where the disk has no room for one.
extension SessionWorker {
  func commit() throws(DatabaseFailure) {
    do {
      try commitBatch()
    } catch {
      guard case .full(let detail) = error else { throw error }
      diskFilled(detail)
    }
  }

  func diskFilled(_ detail: String) {
    ballast.release()
    if !machine.isPausedByFullDisk { report(.diskFull(detail)) }
    machine.diskFilled(now: clock.now())
    status.isDiskFull = true
    publishStatus()
  }

  func diskHasRoom() {
    guard status.isDiskFull, !machine.isPausedByFullDisk else { return }
    report(.diskHasRoom)
    status.isDiskFull = false
    publishStatus()
  }

  /// What the store has taken in need not stay in the journal. The ballast comes back last.
  func makeRoom() throws(DatabaseFailure) {
    do {
      try journal.makeRoom(applied: applied.sequence)
    } catch {
      guard case .full = error else { throw error }
    }
    if ballast.hold() {
      machine.roomMade()
      diskHasRoom()
    } else {
      machine.diskFilled(now: clock.now())
    }
  }

  /// Commits what was appended to the ring, and publishes it.
  func commitBatch() throws(DatabaseFailure) {
    let began = clock.now()
    let count = ring.unpublishedCount
    sharedStatus.withLock { $0.commitBegan = began }
    defer { sharedStatus.withLock { $0.commitBegan = nil } }
    let first = try journal.commit(ring.unpublishedRuns(), applied: applied.sequence)
    FaultPoint.journalCommitted.reached()
    ring.publish(firstSequence: first)
    FaultPoint.ringPublished.reached()
    head.advance(to: journal.head)
    machine.committed()
    diskHasRoom()
    status.messages += Int64(count - lettersAppended)
    status.commits += 1
    status.commitTime += clock.now() - began
    publishStatus()
    answerCommitted()
    if status.qualities != reportedQualities {
      reportedQualities = status.qualities
      report(.received(status.qualities))
    }
    if let sequence = acknowledgedThrough {
      do {
        try journal.forgetPackets(through: sequence)
        acknowledgedThrough = nil
      } catch {
        // What was committed stays so; the next commit tries again.
        guard case .full = error else { throw error }
      }
    }
  }
}
