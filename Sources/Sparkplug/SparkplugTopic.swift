/// A topic of an edge node: `spBv1.0/{group}/{type}/{node}`, with `/{device}` behind it for a device of the node.
///
/// Source: Eclipse Sparkplug 3.0, section 4. Nodes are known to send data of a device as NDATA with a device level; so
/// the level, and not the letter before the type, says whether a device speaks.
public struct SparkplugTopic: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case birth = "BIRTH"
    case data = "DATA"
    case death = "DEATH"
    /// What a host sends to a node or a device.
    case command = "CMD"
  }

  public static let namespace = "spBv1.0"

  public let kind: Kind
  public let group: String
  public let node: String
  /// Nil where the node itself speaks.
  public let device: String?

  /// Nil for topics of anybody but edge nodes and those who command them.
  public init?(_ topic: UnsafeRawBufferPointer) {
    let levels = topic.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard (4...5).contains(levels.count), levels[0].elementsEqual(Self.namespace.utf8) else { return nil }
    let type = levels[2]
    guard type.first == UInt8(ascii: "N") || type.first == UInt8(ascii: "D"),
      let kind = Kind(rawValue: String(decoding: type.dropFirst(), as: UTF8.self))
    else { return nil }
    self.kind = kind
    group = String(decoding: levels[1], as: UTF8.self)
    node = String(decoding: levels[3], as: UTF8.self)
    device = levels.count == 5 ? String(decoding: levels[4], as: UTF8.self) : nil
  }

  init(_ kind: Kind, _ name: EdgeNodeName, device: String? = nil) {
    self.kind = kind
    group = name.group
    node = name.node
    self.device = device
  }

  public var name: EdgeNodeName { EdgeNodeName(group: group, node: node) }

  public var text: String {
    let type = (device == nil ? "N" : "D") + kind.rawValue
    return "\(Self.namespace)/\(group)/\(type)/\(node)" + (device.map { "/" + $0 } ?? "")
  }
}

/// Which edge node: no two of a group have one name.
public struct EdgeNodeName: Hashable, Comparable, Sendable {
  public let group: String
  public let node: String

  public init(group: String, node: String) {
    self.group = group
    self.node = node
  }

  /// As it is stored and told: neither part holds a slash.
  public var text: String { "\(group)/\(node)" }

  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    group = String(decoding: parts[0], as: UTF8.self)
    node = String(decoding: parts[1], as: UTF8.self)
  }

  public static func < (left: EdgeNodeName, right: EdgeNodeName) -> Bool { left.text < right.text }
}
