import NIOSSL

/// Whether a certificate is that of a host, by its name alone.
///
/// Source: RFC 9525, 6.3. swift-nio-ssl (2.37) is also content with a certificate of the *address* that a connection was
/// made to: who answers for a name could point it at an address of his own that he has a certificate for. The common
/// name is not looked at.
enum CertificateNames {
  static func include(_ host: String, _ certificate: NIOSSLCertificate) -> Bool {
    certificate._subjectAlternativeNames().contains { name in
      name.nameType == .dnsName && matches(host, String(decoding: Array(name.contents), as: UTF8.self))
    }
  }

  /// - Parameter pattern: a name, or one whose first label is a `*` that stands for one label.
  static func matches(_ host: String, _ pattern: String) -> Bool {
    let host = labels(host)
    let pattern = labels(pattern)
    guard host.count == pattern.count, let first = pattern.first, !host.contains("") else { return false }
    // A star for a whole domain such as *.com is nobody's.
    let isFirstRight = first == "*" ? pattern.count >= 3 : first == host[0]
    return isFirstRight && host.dropFirst() == pattern.dropFirst() && !pattern.dropFirst().contains("*")
  }

  private static func labels(_ name: String) -> [String] {
    let bare = name.hasSuffix(".") ? name.dropLast() : name[...]
    return bare.lowercased().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }
}
