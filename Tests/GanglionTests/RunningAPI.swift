import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// A running gateway as its duty engineer sees it: its metrics and its health.
struct RunningAPI {
  let gateway: GanglionProcess
  let url: String
  /// The values of metrics without labels, by name, as of the last `refresh`; empty where it does not answer.
  private(set) var metrics: [String: Double] = [:]
  /// What `/healthz` said then.
  private(set) var health = ""

  /// - Parameter gateway: has said where its API listens.
  init(of gateway: GanglionProcess) throws {
    self.gateway = gateway
    url = String(try #require(gateway.errors.firstMatch(of: /the API listens on (https?:\S+)/)).output.1)
  }

  mutating func refresh() async {
    health = (try? await get("/healthz").body) ?? ""
    await refreshMetrics()
  }

  mutating func refreshMetrics() async {
    metrics = [:]
    guard let text = try? await get("/metrics").body else { return }
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      if words.count == 2 { metrics[String(words[0])] = Double(words[1]) }
    }
  }

  /// Expects that it should get no traffic, and says why.
  /// - Parameter keepUp: what keeps the obstacle there while it is waited for.
  func expectNotReady(_ obstacle: String, keepUp: () throws -> Void) async throws {
    var answer = try await get("/readyz")
    try await eventually("/readyz says that \(obstacle): \(answer)") {
      answer.status == 503 && answer.body.contains(#""degraded""#) && answer.body.contains(obstacle)
    } refreshing: {
      try keepUp()
      answer = try await get("/readyz")
    }
  }

  func get(_ path: String) async throws -> (status: Int, body: String) {
    let (data, response) = try await URLSession.shared.data(from: URL(string: url + path)!)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
  }
}
