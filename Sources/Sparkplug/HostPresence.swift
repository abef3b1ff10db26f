import Telemetry

/// What a host application says of itself on a topic of its own: whether it is there.
///
/// Edge nodes that wait for their primary host hold data back while it is away. Source: Eclipse Sparkplug 3.0, section
/// 6.4.27, and 2.2, section 9.
public struct HostPresence: Sendable {
  public enum Form: String, CaseIterable, Sendable {
    /// `spBv1.0/STATE/{host}` with `{"online":true,"timestamp":1763700000000}`.
    case v3
    /// `STATE/{host}` with `ONLINE`.
    case v2 = "v2.2"
  }

  public let form: Form
  public let host: String

  public init(_ form: Form, host: String) {
    self.form = form
    self.host = host
  }

  public var topic: String {
    switch form {
    case .v3: "\(SparkplugTopic.namespace)/STATE/\(host)"
    case .v2: "STATE/\(host)"
    }
  }

  /// - Parameter moment: of the connect, for the birth and for the will alike; of the leave, for a farewell.
  public func payload(isOnline: Bool, at moment: Timestamp) -> [UInt8] {
    switch form {
    case .v3: Array(#"{"online":\#(isOnline),"timestamp":\#(moment.microseconds / 1000)}"#.utf8)
    case .v2: Array((isOnline ? "ONLINE" : "OFFLINE").utf8)
    }
  }

  /// Whether a message on the topic says that the host is away. While it is there, that is an old will's or another's
  /// word, and is put right.
  public func saysOffline(_ payload: [UInt8]) -> Bool {
    let text = String(decoding: payload, as: UTF8.self)
    switch form {
    case .v3: return text.filter { !$0.isWhitespace }.contains(#""online":false"#)
    case .v2: return text == "OFFLINE"
    }
  }
}
