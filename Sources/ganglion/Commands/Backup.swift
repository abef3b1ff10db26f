import ArgumentParser
import Foundation
import Gateway
import Storage

/// `ganglion backup`: a copy of the store, made while the gateway runs.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the store as it is at one moment, while its gateway goes on.",
    discussion: """
      The copy is whole and checked, or it is not there. To restore: stop the gateway, move store.db, store.db-wal and \
      store.db-shm away, put the copy in place as store.db, leave journal.db where it is, start. What the journal has \
      no more and the copy does not have is booked as lost{restore}.
      """)

  @OptionGroup var location: DataLocation

  @Argument(help: "The file to write; it must not be there yet.")
  var file: String

  func run() async throws {
    try await reporting {
      let (reader, zone) = try location.open()
      guard !FileManager.default.fileExists(atPath: file) else {
        throw explain("\(file): is there already; name another file", .usage)
      }
      try reader.backUp(to: file)
      let report = try StoreReport(StoreReader(file: file), zone: zone)
      guard report.faults.isEmpty else {
        try? FileManager.default.removeItem(atPath: file)
        for fault in report.faults { FileHandle.standardError.write(Data("ganglion: \(fault)\n".utf8)) }
        throw explain("\(reader.path): is damaged, no backup was kept", .badData)
      }
      print("\(file): \(report.summary)")
    }
  }
}
