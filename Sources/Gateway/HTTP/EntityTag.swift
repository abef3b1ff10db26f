import Crypto
import Foundation
import HTTPTypes

/// What tells an answer of closed windows from what it was before late readings came.
///
/// Weak, for the same answer may be sent compressed or as it is. Source: RFC 9110, 8.8.3 and 13.1.2.
struct EntityTag: Equatable {
  let text: String

  init(of body: Data) {
    let hash = SHA256.hash(data: body).prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
    text = "W/\"\(hash.joined())\""
  }

  /// Whether the client has it already.
  ///
  /// - Parameter fields: `If-None-Match`.
  func isAmong(_ fields: HTTPFields) -> Bool {
    let known = fields[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
      .map { $0.trimmingCharacters(in: .whitespaces) }
    let opaque = text.dropFirst("W/".count)
    return known.contains { $0 == "*" || $0 == text || $0 == opaque }
  }
}
