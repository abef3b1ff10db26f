import Foundation
import FoundationNetworking
import Simulator
import TestSupport
import Testing

/// A broker and `ganglion run` as processes, as an integrator has them.
struct RunningGateway {
  let scratch: ScratchDirectory
  let broker: PrivateBroker
  let gateway: GanglionProcess
  let data: String
  let config: String
  let url: String
  /// The directory of its profiles; empty where none were given.
  let devices: String
  /// The file of its tokens; nil without any.
  let tokens: String?

  /// - Parameters:
  ///   - profiles: beside the built-in ones, by the names of their files.
  ///   - subscriptions: empty for those of the profiles.
  ///   - tokens: a file of them, of which a copy is used.
  ///   - http: more keys of the API.
  ///   - more: of the configuration.
  ///   - environment: variables beside those of this process.
  init(
    profiles: [String: String] = [:], subscriptions: [String] = [], tokens: String? = nil, http: String = "",
    more: String = "", environment: [String: String] = [:]
  ) async throws {
    let scratch = try ScratchDirectory()
    self.scratch = scratch
    self.tokens = try tokens.map { try scratch.file("tokens.yaml", String(contentsOfFile: $0, encoding: .utf8)) }
    let tokensKey = self.tokens.map { ", tokens_file: \($0)" } ?? ""
    devices = try scratch.directory("devices")
    for (name, text) in profiles { try scratch.file("devices/\(name)", text) }
    broker = try PrivateBroker(directory: try scratch.directory("broker"))
    data = "\(scratch.path)/data"
    config = try scratch.file(
      "ganglion.yaml",
      """
      gateway: test
      timezone: Asia/Shanghai
      data: \(data)
      \(profiles.isEmpty ? "" : "devices: \(devices)")
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)", subscriptions: \(subscriptions) }
      http: { listen: "127.0.0.1:0"\(tokensKey)\(http.isEmpty ? "" : ", \(http)") }
      \(more)
      """)
    let gateway = try GanglionProcess(["run", "--config", config], in: scratch, environment: environment)
    self.gateway = gateway
    try await eventually("the gateway is subscribed and listens: \(gateway.errors)") {
      gateway.errors.contains("subscribed to") && gateway.errors.contains("the API listens on ")
    }
    let address = try #require(gateway.errors.firstMatch(of: /the API listens on (https?:\S+)/))
    url = String(address.output.1)
  }

  struct Answer {
    let status: Int
    let type: String
    let body: String
  }

  func get(_ path: String) async throws -> Answer {
    let (data, response) = try await URLSession.shared.data(from: URL(string: url + path)!)
    let http = response as? HTTPURLResponse
    return Answer(
      status: http?.statusCode ?? 0, type: http?.value(forHTTPHeaderField: "content-type") ?? "",
      body: String(decoding: data, as: UTF8.self))
  }

  /// Runs a command to its end.
  func ganglion(_ arguments: String...) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    try GanglionProcess.run(arguments, in: scratch)
  }

  func stop() {
    gateway.process.terminate()
    broker.stop()
  }
}
