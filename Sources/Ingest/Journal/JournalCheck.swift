import DurableSQLite
import Foundation
import GRDB

/// Looks whether a journal is what was written: its pages, its batches' checksums, its sequences without gaps.
public enum JournalCheck {
  /// - Parameters:
  ///   - path: of the journal; a running gateway may write it meanwhile.
  ///   - limit: the most faults that are told.
  /// - Returns: a sentence for each fault.
  /// - Throws: `DatabaseFailure` where it cannot be read at all.
  public static func faults(of path: String, limit: Int = 20) throws(DatabaseFailure) -> [String] {
    do {
      return try DamagedFile.open(path).read { db in
        // What is read from here on is of one moment.
        _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
        var faults = try CheckedPages.faults(of: db, path: path, limit: limit)
        guard faults.isEmpty else { return faults }
        var last = try Int64.fetchOne(db, sql: "SELECT trimmed_through FROM journal") ?? 0
        let rows = try GRDB.Row.fetchCursor(
          db, sql: "SELECT first_sequence, last_sequence, checksum, messages FROM batch ORDER BY last_sequence")
        while let row = try rows.next(), faults.count < limit {
          do throws(DatabaseFailure) {
            _ = try JournalBatch(row, path: path)
          } catch {
            faults.append(error.sentence)
          }
          if row[0] as Int64 != last + 1 { faults.append("\(path): batch \(row[1] as Int64) does not follow \(last)") }
          last = row[1]
        }
        return faults
      }
    } catch DatabaseFailure.unusable(let sentence) {
      return [sentence]
    } catch let error as DatabaseError where error.isDamage {
      return [DatabaseFailure(error, file: path, doing: "reading").sentence]
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading")
    }
  }
}
