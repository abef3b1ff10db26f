import DurableSQLite
import Foundation
import GRDB

/// Makes a journal of what is whole in a damaged one. Batches that are gone are stood for by frames that say so, so that
/// sequences stay without gaps and the ledger books each message as lost, once.
public struct JournalSalvage {
  /// What came of it.
  public struct Report: Sendable {
    /// The last sequence.
    public var head: UInt64 = 0
    /// Messages that are gone, and had not been taken into the store.
    public var messagesLost: UInt64 = 0
    /// Sentences.
    public var notes: [String] = []
  }

  private let path: String
  private let destination: String

  /// - Parameters:
  ///   - path: of the damaged journal, which nobody has open.
  ///   - destination: a file that is not there yet.
  public init(_ path: String, to destination: String) {
    self.path = path
    self.destination = destination
  }

  /// The last sequence that can be found in a journal; 0 where nothing can be read.
  public static func head(of path: String) -> UInt64 {
    guard let damaged = try? DamagedFile.open(path) else { return 0 }
    var head: Int64 = 0
    try? damaged.inDatabase { source in
      var spans = TableSalvage("batch", columns: "last_sequence", key: ["last_sequence"], numbers: 1, in: source) {
        head = max(head, $0[0])
      }
      try spans.run()
      head = max(head, (try? Int64.fetchOne(source, sql: "SELECT trimmed_through FROM journal")) ?? 0)
    }
    return UInt64(max(0, head))
  }

  /// - Parameters:
  ///   - applied: the last sequence that the store has taken in.
  ///   - journalID: the id by which the store knows the journal; nil where it knows none.
  /// - Throws: `DatabaseFailure`; where not even the list of tables can be read.
  public func run(applied: UInt64, journalID: Data?) throws(DatabaseFailure) -> Report {
    var report = Report()
    try DamagedFile.save(path, to: destination, migrator: JournalSchema.migrator) { source, db in
      try copy(from: source, to: db, applied: applied, journalID: journalID, &report)
    }
    return report
  }

  private func copy(
    from source: Database, to db: Database, applied: UInt64, journalID: Data?, _ report: inout Report
  ) throws {
    if try TableSalvage.copyRow("journal", from: source, to: db) == nil {
      report.notes.append("\(path): its own id cannot be read")
    }
    try TableSalvage.copyRow("session", from: source, to: db)
    for (table, key) in [("packet", "packet_id"), ("catalogue", "first_sequence")] {
      if try !TableSalvage.copy(table, key: [key], numbers: 1, from: source, to: db) {
        report.notes.append("\(path): some rows of '\(table)' cannot be read")
      }
    }
    // Under another id its messages would be counted again.
    if let journalID { try db.execute(sql: "UPDATE journal SET id = ?", arguments: [journalID]) }
    try copyBatches(from: source, to: db, applied: applied, &report)
  }

  private func copyBatches(
    from source: Database, to db: Database, applied: UInt64, _ report: inout Report
  ) throws {
    var whole: [Int64: Int64] = [:]
    let insert = try db.makeStatement(
      sql: "INSERT OR IGNORE INTO batch (first_sequence, last_sequence, checksum, messages) VALUES (?, ?, ?, ?)")
    var batches = TableSalvage(
      "batch", columns: "first_sequence, last_sequence, checksum, messages", key: ["last_sequence"], numbers: 1,
      in: source
    ) { row in
      guard (try? JournalBatch(row, path: path)) != nil else { return }
      try insert.execute(arguments: StatementArguments(row.databaseValues.prefix(4)))
      whole[row[0]] = row[1]
    }
    try batches.run()
    // How far a batch went whose messages are gone.
    var head = whole.values.max() ?? 0
    var spans = TableSalvage("batch", columns: "last_sequence", key: ["last_sequence"], numbers: 1, in: source) {
      // More than that no batch has.
      let last: Int64 = $0[0] ?? 0
      if JournalBatch.sequences.contains(last), last < head + 1 << 20 { head = max(head, last) }
    }
    try spans.run()
    let trimmed = try Int64.fetchOne(db, sql: "SELECT trimmed_through FROM journal") ?? 0
    head = max(head, trimmed)
    var next = whole.keys.min().map { min($0, max(trimmed, Int64(applied)) + 1) } ?? trimmed + 1
    if next > trimmed + 1 { try db.execute(sql: "UPDATE journal SET trimmed_through = ?", arguments: [next - 1]) }
    while next <= head {
      if let last = whole[next] {
        next = last + 1
        continue
      }
      let end = (whole.keys.filter { $0 > next }.min() ?? head + 1) - 1
      try standIn(for: next...end, db)
      let lost = max(0, end - max(next - 1, Int64(applied)))
      report.messagesLost += UInt64(lost)
      report.notes.append(
        "\(path): messages \(next) to \(end) are damaged" + (lost == 0 ? "; the store has them" : ""))
      next = end + 1
    }
    report.head = UInt64(head)
  }

  /// Frames that say that their messages are lost.
  private func standIn(for sequences: ClosedRange<Int64>, _ db: Database) throws {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    let frame = IncomingMessage(
      topic: nothing, payload: nothing, receivedAt: .init(microseconds: 0), contentHash: 0, packetID: 0, flags: .lost)
    var bytes = [UInt8](repeating: 0, count: sequences.count * MessageFrame.headerBytes)
    try bytes.withUnsafeMutableBytes { bytes in
      for index in 0..<sequences.count {
        let start = index * MessageFrame.headerBytes
        frame.write(to: UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + MessageFrame.headerBytes]))
      }
      try JournalSchema.insert(
        FrameRun(bytes: UnsafeRawBufferPointer(bytes), count: sequences.count),
        first: UInt64(sequences.lowerBound), last: UInt64(sequences.upperBound), in: db)
    }
  }
}
