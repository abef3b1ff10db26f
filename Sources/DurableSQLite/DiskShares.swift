import Glibc

/// How large the parts that come and go on a disk may grow: on a small disk less, so that the ballast is worth something.
///
/// Invariant: what the WALs of journal and store have to bring into their files at most, and one transaction of each,
/// finds room in a ballast of the standard size.
public struct DiskShares: Equatable, Sendable {
  /// At most two per cent of the file system.
  public var ballastBytes: Int64
  /// After so many bytes a WAL is moved into its file.
  public var walBytes: Int
  /// Messages that the store has are kept in the journal up to so many bytes.
  public var journalBytes: Int

  /// - Parameters:
  ///   - fileSystemBytes: its size, used or not.
  ///   - ballastLimitBytes: the most that is wanted.
  public init(fileSystemBytes: Int64, ballastLimitBytes: Int64) {
    let share = fileSystemBytes / 50
    ballastBytes = min(ballastLimitBytes, share)
    let standard = Int(min(64 << 20, share))
    walBytes = max(256 << 10, standard / 4)
    journalBytes = max(1 << 20, standard)
  }

  /// Those of the file system that holds a directory; of a large one where that cannot be known.
  public init(directory: String, ballastLimitBytes: Int64) {
    var state = statvfs()
    let isKnown = statvfs(directory, &state) == 0
    self.init(
      fileSystemBytes: isKnown ? Int64(state.f_blocks) * Int64(state.f_frsize) : .max,
      ballastLimitBytes: ballastLimitBytes)
  }
}
