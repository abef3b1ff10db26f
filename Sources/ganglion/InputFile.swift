import Foundation
import Glibc

/// What a command reads: payloads from files or from standard input.
enum InputFile {
  /// All bytes of a file; of standard input where none is named.
  ///
  /// - Throws: the exit code of an I/O error, once it has said why the file cannot be read.
  static func bytes(of path: String?) throws -> Data {
    guard let path else { return try FileHandle.standardInput.readToEnd() ?? Data() }
    guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.readToEnd() ?? Data() else {
      throw explain("\(path): cannot be read: \(String(cString: strerror(errno)))", .inputOutput)
    }
    return bytes
  }
}
