import Glibc
import Synchronization

/// Room on the disk that is kept for the moment when there is none left: for trimming, for checkpoints, for a clean stop.
///
/// Invariants
/// - It is held whole, or not at all.
/// - Any thread releases it; only the one that reads from the broker takes hold of it again, before it reads on.
public final class Ballast: Sendable {
  /// What is held; 0 for no ballast.
  public let bytes: Int64
  private let held: Mutex<Bool>
  private let takeHold: @Sendable () -> Bool
  private let letGo: @Sendable () -> Void

  /// - Parameters:
  ///   - takeHold: takes the room; false where there is less.
  ///   - letGo: gives it back.
  public init(bytes: Int64, takeHold: @escaping @Sendable () -> Bool, letGo: @escaping @Sendable () -> Void) {
    self.bytes = bytes
    held = Mutex(bytes == 0)
    self.takeHold = takeHold
    self.letGo = letGo
  }

  /// A file named `ballast` whose blocks the file system has given away for nothing.
  ///
  /// - Parameter bytes: 0 for no ballast.
  public convenience init(directory: String, bytes: Int64) {
    let path = "\(directory)/ballast"
    self.init(
      bytes: bytes, takeHold: { Ballast.allocate(path, bytes) },
      // A file of another size, of an earlier start, is in the way.
      letGo: { unlink(path) })
    release()
    hold()
  }

  /// None: what must be written finds room, or waits.
  public static let none = Ballast(bytes: 0, takeHold: { true }, letGo: {})

  /// True where the room is there, should it be needed.
  public var isHeld: Bool { held.withLock { $0 } }

  /// Takes the room, where it is not held already.
  ///
  /// - Returns: false where the disk has less.
  @discardableResult
  public func hold() -> Bool {
    held.withLock { held in
      held = held || bytes == 0 || takeHold()
      return held
    }
  }

  /// Gives the room to what must be written now.
  ///
  /// - Returns: true where there is more room than before.
  @discardableResult
  public func release() -> Bool {
    held.withLock { held in
      letGo()
      defer { held = bytes == 0 }
      return held && bytes > 0
    }
  }

  private static func allocate(_ path: String, _ bytes: Int64) -> Bool {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard file >= 0 else { return false }
    defer { close(file) }
    guard posix_fallocate(file, 0, off_t(bytes)) == 0 else {
      // Some of it may have been given already.
      unlink(path)
      return false
    }
    return true
  }
}
