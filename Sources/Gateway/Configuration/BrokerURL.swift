import Foundation
import StrictYAML

/// `mqtt://host:1883` or `mqtts://host:8883`.
public struct BrokerURL: Equatable, Sendable {
  public let host: String
  public let port: Int
  public let usesTLS: Bool

  public struct Malformed: Error, CustomStringConvertible {
    public let description: String
  }

  public init(_ text: String) throws(Malformed) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme, let host = parts.host, !host.isEmpty,
      scheme == "mqtt" || scheme == "mqtts"
    else {
      throw Malformed(description: "'\(text)' is no broker's address; expected mqtt://host:port or mqtts://host:port")
    }
    guard parts.user == nil, parts.password == nil else {
      throw Malformed(description: "credentials do not stand in the url; use mqtt.username and mqtt.password_file")
    }
    guard parts.path.isEmpty || parts.path == "/", parts.query == nil else {
      throw Malformed(description: "'\(text)': nothing follows the port")
    }
    usesTLS = scheme == "mqtts"
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    port = parts.port ?? (usesTLS ? 8883 : 1883)
    guard (1...65535).contains(port) else { throw Malformed(description: "'\(text)': a port is 1 to 65535") }
  }

  init(_ value: YAMLValue) throws(YAMLError) {
    let text = try value.string()
    do { try self.init(text) } catch { throw value.error(error.description) }
  }
}
