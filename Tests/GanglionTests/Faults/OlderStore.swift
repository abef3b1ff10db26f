import Foundation
import GRDB
import Telemetry
import Testing

@testable import Storage

/// A store of an older version of the gateway, with one window in it.
enum OlderStore {
  static func make(in data: String) throws {
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    let queue = try DatabaseQueue(path: "\(data)/store.db")
    try StoreSchema.upTo("2 completeness").migrate(queue)
    try queue.inDatabase { db in
      try db.execute(
        sql: """
          INSERT INTO device VALUES (1, 'd', 'p', 0);
          INSERT INTO series (id, device_id, metric, kind, unit) VALUES (1, 1, 'm', 'gauge', 'Cel');
          INSERT INTO aggregate VALUES (60, 600, 1, 4, 2, 1, 5.5, 2, 3.5, 2, 600000000, 3.5, 610000000, 6);
          """)
    }
    try queue.close()
  }

  /// Expects the window in the store that was made of it.
  static func expect(in data: String) throws {
    let state = try StoreReader(directory: data).readNow {
      try $0.window(WindowKey(start: 600, series: SeriesID(rawValue: 1)), length: .minute)
    }
    #expect(state?.aggregate.sum == 5.5)
  }
}
