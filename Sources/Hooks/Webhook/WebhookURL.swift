import Foundation

/// A webhook's URL, once it is known that it can be called.
struct WebhookURL: Sendable {
  struct Malformed: Error {
    /// Repeats nothing of the URL, which may carry a secret.
    let message: String
  }

  /// As it was written.
  let text: String
  /// As the client asks for it, without brackets.
  let host: String
  let port: Int
  let isSecured: Bool

  init(_ text: String) throws(Malformed) {
    guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host, !host.isEmpty else {
      throw Malformed(message: "the webhook's URL is none: expected https://host/path")
    }
    guard scheme == "http" || scheme == "https" else {
      throw Malformed(message: "the webhook's URL begins with \(scheme): expected https or http")
    }
    guard url.user == nil, url.password == nil else {
      throw Malformed(message: "credentials do not stand in the webhook's URL; use a file of header fields")
    }
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    guard bare.utf8.allSatisfy(Self.isOfHost) else {
      throw Malformed(message: "the webhook's host has a letter that host names do not have; write it in its xn-- form")
    }
    guard url.port.map({ (1...65535).contains($0) }) ?? true else {
      throw Malformed(message: "the webhook's port is none: expected 1 to 65535")
    }
    self.text = text
    self.host = bare
    isSecured = scheme == "https"
    port = url.port ?? (isSecured ? 443 : 80)
  }

  private static func isOfHost(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
