import Foundation
import Sparkplug
import Storage

/// The host application's memory in the store.
extension HostApplication {
  /// A node of which nothing can be read is as one that was never heard of: it is asked for its births.
  init(_ timing: SparkplugTiming, restoring records: [SparkplugNodeRecord]) {
    self.init(timing)
    for record in records {
      try? restore(
        Stored(name: record.name, births: record.births.map(Array.init) ?? [], sequence: Array(record.sequence)))
    }
  }

  /// What has changed since the last checkpoint.
  func unsavedRecords() -> [SparkplugNodeRecord] {
    unsaved().map {
      SparkplugNodeRecord(name: $0.name, births: $0.births.map { Data($0) }, sequence: Data($0.sequence))
    }
  }
}
