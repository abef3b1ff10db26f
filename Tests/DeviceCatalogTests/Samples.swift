import Foundation
import Telemetry
import TestSupport
import Testing

@testable import DeviceCatalog

/// What others have written, read by the built-in profiles and told in sentences.
struct Samples {
  private let catalogue: Catalogue

  init() throws { catalogue = try Catalogue(.builtIn) }

  /// The objects of a file with one on each line.
  static func lines(_ folder: String, _ name: String) throws -> [[String: Any]] {
    let file = try #require(conformanceFolder(folder)).appendingPathComponent(name)
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  /// `profile: metric=value …` in the canonical units, with `!reason` for bad ones, and the first reading's time; or
  /// `refused: reason`.
  func outcome(_ topic: String, _ payload: [UInt8]) -> String {
    switch MessageDecoder(catalogue, zone: .utc).decode(topic: Array(topic.utf8), payload: payload) {
    case .failure(let refused): return "refused: \(refused.refusal.reason.rawValue)"
    case .success(let message):
      let readings = message.readings.map { "\($0.metric.name)\(Samples.text($0))" }.joined(separator: " ")
      let devices = Set(message.readings.map(\.device)).sorted().joined(separator: "+")
      let time = message.readings[0].time.map { CivilTime($0, zoneOffset: 0).text } ?? "receipt"
      return "\(message.profile.name): \(devices): \(readings) at \(time)"
    }
  }

  func outcome(_ topic: String, _ payload: String) -> String { outcome(topic, Array(payload.utf8)) }

  private static func text(_ reading: MessageDecoder.Reading) -> String {
    switch reading.value {
    // The last digits are those of the factor between two units.
    case .number(let number): "=\(Number((number.value * 1e9).rounded() / 1e9).text)"
    case .state(let name): "=\(name)"
    case nil: "!\(reading.quality.reason)"
    }
  }
}
