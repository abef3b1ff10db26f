import Foundation
import Glibc
import TestSupport

/// An executable script of a test's own.
struct Script {
  let scratch: ScratchDirectory
  let path: String

  /// - Parameter text: for `/bin/sh`; `$D` in it is the script's directory.
  init(_ text: String, mode: mode_t = 0o755, firstLine: String = "#!/bin/sh") throws {
    scratch = try ScratchDirectory()
    path = try scratch.file("hook.sh", "\(firstLine)\nD=\(scratch.path)\n\(text)\n")
    chmod(path, mode)
  }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(scratch.path)/\(name)") }

  func append(_ text: String) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }
}
