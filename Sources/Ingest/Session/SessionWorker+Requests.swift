import DurableSQLite
import Foundation

/// What other threads want of the journal, done between two steps of the session.
extension SessionWorker {
  /// Does what is asked for and can be done now.
  ///
  /// - Throws: `DatabaseFailure` where the journal cannot be relied on any more.
  func serveRequests() throws(DatabaseFailure) {
    // A disk that was full has left them there.
    if lettersAppended > 0, !machine.isPausedByFullDisk { try commitLetters() }
    while let request = requests.take(where: isPossible) {
      if machine.isPausedByFullDisk {
        request.reply(.failure(.full("the disk is full")))
        continue
      }
      switch request {
      case .catalogue(let files, let filters, let announce, let reply):
        try putInForce(files, filters, announce, reply)
      case .letters(let letters, let reply): try replay(letters, reply)
      }
    }
  }

  /// Something is asked for that can be done now.
  var hasRequests: Bool { requests.isFirst(where: isPossible) }

  private func isPossible(_ request: SessionRequests.Request) -> Bool {
    guard case .letters(let letters, _) = request, !machine.isPausedByFullDisk else { return true }
    return ring.hasRoom(messages: letters.count, bytes: letters.reduce(0) { $0 + $1.frameBytes })
  }

  private func putInForce(
    _ files: Data, _ filters: [String], _ announce: (UInt64) -> Void, _ reply: SessionRequests.Reply
  ) throws(DatabaseFailure) {
    do {
      try journal.setCatalogue(files)
    } catch {
      guard case .full = error else { throw error }
      return reply(.failure(error))
    }
    // What is read and not committed yet comes behind it too.
    let first = journal.head + 1
    announce(first)
    if filters != settings.filters {
      settings.filters = filters
      machine.filtersChanged()
    }
    reply(.success(first))
  }

  private func replay(_ letters: [ReplayedLetter], _ reply: @escaping SessionRequests.Reply) throws(DatabaseFailure) {
    for letter in letters { letter.withMessage { ring.append($0, topicHash: $1) } }
    lettersAppended += letters.count
    awaitingCommit.append(reply)
    try commitLetters()
  }

  private func commitLetters() throws(DatabaseFailure) {
    do {
      try commitBatch()
    } catch {
      // They stand in the ring, and are committed with what comes once there is room.
      guard case .full(let detail) = error else { throw error }
      diskFilled(detail)
    }
  }

  /// To be called once what stood in the ring is in the journal.
  func answerCommitted() {
    lettersAppended = 0
    for reply in awaitingCommit { reply(.success(journal.head)) }
    awaitingCommit = []
  }

  /// To be called when nothing will be done any more.
  func closeRequests() {
    requests.close()
    for reply in awaitingCommit { reply(.failure(SessionRequests.ended)) }
    awaitingCommit = []
  }
}
