import Glibc

/// Reads text files, and says plainly why one cannot be read.
public enum TextFile {
  /// The whole text of a UTF-8 file.
  ///
  /// - Throws: `YAMLError` with the system's reason, or with the first line that is no UTF-8.
  public static func read(_ path: String) throws(YAMLError) -> String {
    let bytes = try bytes(of: path)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
    throw YAMLError(
      file: path, line: line + 1, column: 1, path: "", message: "this line is no UTF-8; save the file as UTF-8")
  }

  private static func bytes(of path: String) throws(YAMLError) -> [UInt8] {
    guard let file = fopen(path, "r") else { throw unreadable(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      bytes += chunk[..<count]
      if count < chunk.count {
        guard ferror(file) == 0 else { throw unreadable(path) }
        return bytes
      }
    }
  }

  private static func unreadable(_ path: String) -> YAMLError {
    YAMLError(
      file: path, line: 1, column: 1, path: "", message: "cannot be read: \(String(cString: strerror(errno)))")
  }
}
