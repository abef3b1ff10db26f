import DurableSQLite
import Foundation
import Sparkplug
import Storage
import WireFormats

/// The host application's memory in the store.
extension HostApplication {
  /// - Throws: `DatabaseFailure.unusable` where what is stored cannot be read.
  init(_ timing: SparkplugTiming, restoring records: [SparkplugNodeRecord]) throws(DatabaseFailure) {
    self.init(timing)
    for record in records {
      do throws(Refusal) {
        try restore(
          Stored(name: record.name, births: record.births.map(Array.init) ?? [], sequence: Array(record.sequence)))
      } catch {
        throw .unusable(error.detail)
      }
    }
  }

  /// What has changed since the last checkpoint.
  func unsavedRecords() -> [SparkplugNodeRecord] {
    unsaved().map {
      SparkplugNodeRecord(name: $0.name, births: $0.births.map { Data($0) }, sequence: Data($0.sequence))
    }
  }
}
