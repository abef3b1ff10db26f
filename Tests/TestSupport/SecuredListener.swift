import Foundation
import Simulator

/// A listener with TLS and a password, its files made by the openssl and mosquitto_passwd commands.
public struct SecuredListener: BrokerListener {
  public let configuration: String

  /// A command that did not do its work.
  public struct Failure: Error {
    let command: String
  }

  /// - Parameter directory: for the files; `ca.crt` there is what a client has to trust. User `gateway`, password
  ///   `secret`.
  public init(directory: String) throws {
    try Self.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "\(directory)/server.key", "-out",
        "\(directory)/ca.crt",
      ])
    try Self.run("/usr/bin/mosquitto_passwd", ["-c", "-b", "\(directory)/passwords", "gateway", "secret"])
    configuration = """
      cafile \(directory)/ca.crt
      certfile \(directory)/ca.crt
      keyfile \(directory)/server.key
      password_file \(directory)/passwords
      allow_anonymous false
      """
  }

  private static func run(_ executable: String, _ arguments: [String]) throws {
    guard try ChildProcess(executable, arguments).wait(atMost: .seconds(30)) == .exited(0) else {
      throw Failure(command: executable)
    }
  }
}
