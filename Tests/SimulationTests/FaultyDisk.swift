import CFaultyDisk
import Foundation

/// A disk in memory under SQLite that can lose power, fail, fill up and stall; see `CFaultyDisk.h` for its model.
///
/// Used by one thread at a time.
final class FaultyDisk: @unchecked Sendable {
  enum Operation: UInt32 {
    case open, read, write, truncate, sync, delete
  }

  /// What is about to be done.
  struct Access {
    let operation: Operation
    let path: String
    let offset: Int64
    let bytes: Int64

    /// The name of the file, such as `journal.db-wal`.
    var name: Substring { path[path.index(after: path.lastIndex(of: "/")!)...] }
  }

  /// How much a power cut leaves of what was written and not synced.
  enum Remains: UInt32, CaseIterable {
    case nothing, everything, wholeWrites, sectors
  }

  /// The directory that stands for the disk.
  let directory: String
  private let disk: OpaquePointer
  /// Asked before each access: nil lets it happen, a code of SQLite makes it fail.
  var beforeAccess: (Access) -> Int32? = { _ in nil }

  /// An empty disk.
  init() {
    precondition(faulty_disk_install() == 0)
    let name = UUID().uuidString
    disk = faulty_disk_create(name)!
    directory = "/faulty/\(name)"
    faulty_disk_set_hook(
      disk,
      { context, operation, path, offset, bytes in
        let disk = Unmanaged<FaultyDisk>.fromOpaque(context!).takeUnretainedValue()
        return disk.beforeAccess(
          Access(
            operation: Operation(rawValue: operation.rawValue)!, path: String(cString: path!), offset: offset,
            bytes: bytes)) ?? 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    faulty_disk_destroy(disk)
  }

  /// Bytes that all files may have together; nil for no limit.
  var limitBytes: Int64? {
    didSet { setLimit() }
  }
  /// Taken from that limit, by something that is no file of SQLite's.
  private(set) var reservedBytes: Int64 = 0

  /// Takes so much instead of what was reserved before. False, and nothing done, where the disk has less.
  func reserve(_ bytes: Int64) -> Bool {
    if let limitBytes, limitBytes < self.bytes + bytes, bytes > 0 { return false }
    reservedBytes = bytes
    setLimit()
    return true
  }

  private func setLimit() {
    faulty_disk_set_limit(disk, limitBytes.map { max($0 - reservedBytes, 1) } ?? 0)
  }

  var bytes: Int64 { faulty_disk_bytes(disk) }

  /// The process is gone; what it wrote stays.
  func kill() { faulty_disk_kill(disk) }

  func cutPower(_ remains: Remains, seed: UInt64) {
    faulty_disk_cut_power(disk, faulty_remains(remains.rawValue), seed)
  }

  /// The size of a file in bytes; nil where there is none.
  func size(of name: String) -> Int64? {
    let size = faulty_disk_size(disk, "\(directory)/\(name)")
    return size < 0 ? nil : size
  }

  /// Turns bits of a byte.
  func flip(_ mask: UInt8, at offset: Int64, in name: String) {
    precondition(faulty_disk_flip(disk, "\(directory)/\(name)", offset, mask) == 0)
  }

  func cut(_ name: String, to size: Int64) {
    precondition(faulty_disk_cut(disk, "\(directory)/\(name)", size) == 0)
  }
}
