import Glibc

/// Header fields of a webhook out of a file of secrets: `Name: value` a line; empty lines and those that begin with `#`
/// say nothing.
enum SecretHeaders {
  private static let mostBytes = 64 << 10
  private static let mostFields = 32
  /// What the runner says itself, and what belongs to the connection.
  private static let ours: Set<String> = [
    "connection", "content-length", "content-type", "expect", "host", "idempotency-key", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]

  /// - Throws: a failure that names the file and the line, and repeats nothing of it.
  static func read(_ path: String) throws(HookFailure) -> [(name: String, value: String)] {
    guard let file = fopen(path, "re") else {
      throw HookFailure(.headers, "\(path) cannot be read: \(String(cString: strerror(errno)))", .failed)
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    guard ferror(file) == 0 else {
      throw HookFailure(.headers, "\(path) cannot be read: \(String(cString: strerror(errno)))", .failed)
    }
    guard count <= mostBytes else { throw HookFailure(.headers, "\(path) has more than \(mostBytes) bytes", .failed) }
    var fields: [(name: String, value: String)] = []
    for (index, line) in bytes[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      let line = Substring(decoding: line, as: UTF8.self).trimmed
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let field = field(line), fields.count < mostFields else {
        throw HookFailure(
          .headers,
          "\(path):\(index + 1): expected 'Name: value', of at most \(mostFields) fields, none of which "
            + "belongs to the connection or the call itself", .failed)
      }
      fields.append(field)
    }
    return fields
  }

  private static func field(_ line: Substring) -> (name: String, value: String)? {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let name = String(line[..<colon])
    let value = String(line[line.index(after: colon)...].trimmed)
    guard !name.isEmpty, name.utf8.allSatisfy(isOfName), !ours.contains(name.lowercased()),
      value.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 >= 0x80 || $0 == 0x09 })
    else { return nil }
    return (name, value)
  }

  /// RFC 9110, 5.6.2.
  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while let first = text.first, first.isWhitespace { text = text.dropFirst() }
    while let last = text.last, last.isWhitespace { text = text.dropLast() }
    return text
  }
}
