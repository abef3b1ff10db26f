import CLinux
import Foundation
import Glibc
import Synchronization

/// A mail server on 127.0.0.1 for one mail: it keeps what it was told, and refuses a receiver where it is to.
final class MailReceiver: Sendable {
  struct Mail: Equatable {
    var from = ""
    var to = ""
    /// Its lines, dots undone.
    var lines: [String] = []

    /// The value of a field, its continued lines joined.
    func field(_ name: String) -> String? {
      let head = lines.prefix { !$0.isEmpty }
      guard let place = head.firstIndex(where: { $0.hasPrefix("\(name):") }) else { return nil }
      let more = head[(place + 1)...].prefix { $0.hasPrefix(" ") }
      return head[place].dropFirst(name.count + 1) + more.joined()
    }

    /// Its text, which is in base64.
    var text: String? {
      let body = lines.drop { !$0.isEmpty }.joined()
      return Data(base64Encoded: body).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  let port: Int
  private let listener: Int32
  private let taken = Mutex<[Mail]>([])

  /// - Parameter answer: to `RCPT TO`.
  init(answer: String = "250 ok") throws {
    (listener, port) = try Receiver.listen(backlog: 4)
    let listener = listener
    Thread { [weak self] in
      while true {
        let descriptor = linux_accept(listener)
        guard descriptor >= 0, let file = fdopen(descriptor, "r+") else { return }
        let mail = Self.talk(file, answer)
        fclose(file)
        if let mail { self?.taken.withLock { $0.append(mail) } }
      }
    }.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var mails: [Mail] { taken.withLock { $0 } }

  /// - Returns: the mail, where there was one.
  private static func talk(_ file: UnsafeMutablePointer<FILE>, _ answer: String) -> Mail? {
    func say(_ line: String) {
      let bytes = Array("\(line)\r\n".utf8)
      _ = send(fileno(file), bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
    var mail = Mail()
    var isWhole = false
    say("220 ready")
    while let line = line(of: file) {
      switch line.prefix(4).uppercased() {
      case "MAIL":
        mail.from = line
        say("250 ok")
      case "RCPT":
        mail.to = line
        say(answer)
      case "DATA":
        say("354 go on")
        while let line = Self.line(of: file), line != "." {
          mail.lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
        }
        isWhole = true
        say("250 taken")
      case "QUIT":
        say("221 bye")
        return isWhole ? mail : nil
      default: say("250 ok")
      }
    }
    return isWhole ? mail : nil
  }

  /// One that ends with CR and LF, as all must; nil at the end.
  private static func line(of file: UnsafeMutablePointer<FILE>) -> String? {
    var bytes: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(bytes) }
    let count = getline(&bytes, &capacity, file)
    guard count >= 2, let bytes, bytes[count - 2] == 13 else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count - 2), as: UTF8.self)
  }
}
