import Glibc

/// An address of a host, and what kind of place it leads to.
struct HostAddress: Hashable, Sendable {
  enum Place: Equatable, Sendable {
    case world
    /// This machine, or a network that is nobody's in particular.
    case `private`(String)
    /// Where no receiver is.
    case never(String)
  }

  /// 4 or 16.
  let bytes: [UInt8]

  /// - Parameter text: an address of IPv4 or IPv6 in its numbers.
  init?(_ text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = withUnsafeBytes(of: six) { Array($0) }
    } else {
      return nil
    }
  }

  /// - Parameter bytes: 4 or 16.
  init(bytes: [UInt8]) {
    precondition(bytes.count == 4 || bytes.count == 16, "an address has 4 or 16 bytes")
    self.bytes = bytes
  }

  var text: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    bytes.withUnsafeBytes { bytes in
      _ = inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes.baseAddress, &buffer, socklen_t(buffer.count))
    }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// By the registries of special-purpose addresses of IANA (RFC 6890), and the addresses at which clouds give
  /// credentials to their machines.
  var place: Place {
    if let four = embedded { return HostAddress(bytes: four).place }
    for (prefix, bits, place) in bytes.count == 4 ? Self.four : Self.six where has(prefix, bits) { return place }
    return .world
  }

  private func has(_ prefix: [UInt8], _ bits: Int) -> Bool {
    for index in 0..<bits where (bytes[index / 8] ^ prefix[index / 8]) & (0x80 >> UInt8(index % 8)) != 0 {
      return false
    }
    return true
  }

  /// The IPv4 address that one of IPv6 leads to: mapped, compatible, translated by NAT64, and 6to4.
  private var embedded: [UInt8]? {
    guard bytes.count == 16 else { return nil }
    let zeros = [UInt8](repeating: 0, count: 16)
    if has(zeros, 80), bytes[10] == 0xFF, bytes[11] == 0xFF { return Array(bytes[12...]) }
    if has(zeros, 96), bytes[12] != 0 { return Array(bytes[12...]) }
    if has([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96) { return Array(bytes[12...]) }
    if has([0x20, 0x02], 16) { return Array(bytes[2..<6]) }
    return nil
  }

  private typealias Entry = (prefix: [UInt8], bits: Int, place: Place)

  private static let credentials = Place.never("where a cloud gives credentials to its machines")

  private static let four: [Entry] = [
    ([0], 8, .never("unspecified")),
    ([169, 254], 16, .never("link-local")),
    ([100, 100, 100, 200], 32, credentials),
    ([168, 63, 129, 16], 32, credentials),
    ([192, 0, 0, 192], 32, credentials),
    ([224], 4, .never("multicast")),
    ([240], 4, .never("broadcast or reserved")),
    ([127], 8, .private("of this machine")),
    ([10], 8, .private("private")),
    ([172, 16], 12, .private("private")),
    ([192, 168], 16, .private("private")),
    ([100, 64], 10, .private("private")),
    ([192, 0, 0], 24, .private("private")),
    ([198, 18], 15, .private("private")),
  ]

  private static let six: [Entry] = [
    ([UInt8](repeating: 0, count: 16), 128, .never("unspecified")),
    ([0xFE, 0x80], 10, .never("link-local")),
    ([0xFD, 0, 0x0E, 0xC2], 32, credentials),
    ([0xFF], 8, .never("multicast")),
    ([UInt8](repeating: 0, count: 15) + [1], 128, .private("of this machine")),
    ([0xFC], 7, .private("private")),
    ([0xFE, 0xC0], 10, .private("private")),
    // Translation by a prefix of a network's own, RFC 8215.
    ([0, 0x64, 0xFF, 0x9B, 0, 1], 48, .private("private")),
  ]
}
