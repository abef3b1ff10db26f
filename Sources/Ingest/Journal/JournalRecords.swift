import DurableSQLite
import Foundation
import GRDB

/// What the journal remembers beside messages: whose session it follows, and which catalogue decodes which messages.
extension Journal {
  /// The broker's session that packet ids and subscriptions belong to.
  public struct SessionRecord: Equatable, Sendable {
    public var clientID: String
    public var broker: String
    /// The filters subscribed last.
    public var filters: [String]

    public init(clientID: String, broker: String, filters: [String]) {
      self.clientID = clientID
      self.broker = broker
      self.filters = filters
    }
  }

  /// Nil before the first connection.
  func sessionRecord() throws(DatabaseFailure) -> SessionRecord? {
    do {
      return try queue.inDatabase { db in
        guard let row = try GRDB.Row.fetchOne(db, sql: "SELECT client_id, broker, filters FROM session") else {
          return nil
        }
        return SessionRecord(
          clientID: row[0], broker: row[1], filters: (row[2] as String).split(separator: "\n").map(String.init))
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading the session")
    }
  }

  /// Stores whose session follows.
  ///
  /// - Parameter isNew: the broker knows nothing of an earlier one: its packet ids mean nothing any more.
  func setSession(_ record: SessionRecord, isNew: Bool) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          let cleared = try isNew ? Int64(head) : Int64.fetchOne(db, sql: "SELECT cleared_at FROM session") ?? 0
          if isNew { try db.execute(sql: "DELETE FROM packet") }
          try db.execute(sql: "DELETE FROM session")
          try db.execute(
            sql: "INSERT INTO session (client_id, broker, filters, cleared_at) VALUES (?, ?, ?, ?)",
            arguments: [record.clientID, record.broker, record.filters.joined(separator: "\n"), cleared])
          return .commit
        }
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "storing the session")
    }
    if isNew { packets.removeAll() }
  }

  /// Forgets the packet ids of messages up to a sequence: the broker has all acknowledgements of them.
  func forgetPackets(through sequence: UInt64) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          try db.execute(
            sql: "UPDATE session SET cleared_at = max(cleared_at, ?)", arguments: [Int64(sequence)])
          try db.execute(sql: "DELETE FROM packet WHERE sequence <= ?", arguments: [Int64(sequence)])
          return .commit
        }
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "forgetting packet ids")
    }
    packets.remove(through: sequence)
  }

  /// The store that this journal fed last; nil for none.
  public func storeID() throws(DatabaseFailure) -> Data? {
    do {
      return try queue.inDatabase { try Data?.fetchOne($0, sql: "SELECT store_id FROM journal") ?? nil }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading the store's id")
    }
  }

  /// From now on this journal feeds the store.
  public func setStoreID(_ id: Data) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { try $0.execute(sql: "UPDATE journal SET store_id = ?", arguments: [id]) }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "storing the store's id")
    }
  }

  /// The catalogue in force at a sequence, as `setCatalogue` stored it.
  public func catalogue(at sequence: UInt64) throws(DatabaseFailure) -> Data? {
    do {
      return try queue.inDatabase { db in
        try Data.fetchOne(
          db, sql: "SELECT files FROM catalogue WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1",
          arguments: [Int64(sequence)])
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading the catalogue")
    }
  }

  /// The catalogues that came into force behind a sequence, and the first sequence of each, in their order.
  public func catalogues(after sequence: UInt64) throws(DatabaseFailure) -> [(first: UInt64, files: Data)] {
    do {
      return try queue.inDatabase { db in
        try GRDB.Row.fetchAll(
          db, sql: "SELECT first_sequence, files FROM catalogue WHERE first_sequence > ? ORDER BY first_sequence",
          arguments: [Int64(sequence)]
        ).map { (UInt64($0[0] as Int64), $0[1]) }
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading the catalogues")
    }
  }

  /// From the next message on this catalogue decodes.
  public func setCatalogue(_ files: Data) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in
        try db.execute(
          sql: "INSERT OR REPLACE INTO catalogue (first_sequence, files) VALUES (?, ?)",
          arguments: [Int64(head) + 1, files])
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "storing the catalogue")
    }
  }
}
