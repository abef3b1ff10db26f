import ArgumentParser
import Foundation
import Glibc

/// Standard output for answers that others read.
enum Output {
  /// Writes all of it. A reader that has gone, such as `head`, ends the command quietly.
  static func write(_ data: Data) {
    data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = Glibc.write(STDOUT_FILENO, start, rest.count)
        if count < 0, errno == EINTR { continue }
        if count < 0 { exit(errno == EPIPE ? 0 : ExitCode.inputOutput.rawValue) }
        rest = rest.dropFirst(count)
      }
    }
  }
}
