import Foundation
import Simulator

/// A listener with TLS and a password, its files made by the openssl and mosquitto_passwd commands.
public struct SecuredListener: BrokerListener {
  public let configuration: String
  private let directory: String

  /// A command that did not do its work.
  public struct Failure: Error {
    let command: String
  }

  /// - Parameter directory: for the files; `ca.crt` there is what a client has to trust. User `gateway`, password
  ///   `secret`.
  public init(directory: String) throws {
    self.directory = directory
    try Self.run(
      "/usr/bin/openssl",
      [
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "\(directory)/server.key", "-out",
        "\(directory)/request",
      ])
    configuration = """
      cafile \(directory)/ca.crt
      certfile \(directory)/ca.crt
      keyfile \(directory)/server.key
      password_file \(directory)/passwords
      allow_anonymous false
      """
    try certify(days: 2)
    try setPassword("secret")
  }

  /// Gives the broker another certificate; a number of days below zero makes one that has expired. It holds from the
  /// broker's next start on.
  public func certify(days: Int) throws {
    try Self.run(
      "/usr/bin/openssl",
      [
        "x509", "-req", "-in", "\(directory)/request", "-signkey", "\(directory)/server.key", "-days", "\(days)",
        "-copy_extensions", "copy", "-out", "\(directory)/ca.crt",
      ])
  }

  /// Sets the password of the user `gateway`, from the broker's next start on.
  public func setPassword(_ password: String) throws {
    try Self.run("/usr/bin/mosquitto_passwd", ["-c", "-b", "\(directory)/passwords", "gateway", password])
  }

  private static func run(_ executable: String, _ arguments: [String]) throws {
    guard try ChildProcess(executable, arguments).wait(atMost: .seconds(30)) == .exited(0) else {
      throw Failure(command: executable)
    }
  }
}
