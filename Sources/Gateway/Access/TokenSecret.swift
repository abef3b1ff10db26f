import Crypto
import Foundation

/// What a caller shows. Only its hash is kept: whoever reads the tokens' file cannot ask with it.
///
/// It has 256 random bits, so that one SHA-256 without salt says nothing about it.
public struct TokenSecret: Sendable {
  public let text: String

  private static let prefix = "gng_"

  /// A new one.
  public init() {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let base64 = Data(bytes).base64EncodedString()
    text = Self.prefix + base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// One that was shown.
  public init(_ text: String) {
    self.text = text
  }

  /// What stands for it in the file.
  public var hash: TokenHash { TokenHash(bytes: Array(SHA256.hash(data: Data(text.utf8)))) }
}

/// The SHA-256 of a secret: `sha256:` and 64 hexadecimal digits.
public struct TokenHash: Sendable {
  let bytes: [UInt8]

  private static let prefix = "sha256:"

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Nil for a text that is none.
  init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let digits = Array(text.utf8.dropFirst(Self.prefix.utf8.count))
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  public var text: String {
    Self.prefix + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Takes the same time whatever is different.
  func equals(_ other: TokenHash) -> Bool {
    zip(bytes, other.bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0 && bytes.count == other.bytes.count
  }
}
