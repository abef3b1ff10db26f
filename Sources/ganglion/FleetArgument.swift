import ArgumentParser
import Simulator

extension FleetName: ExpressibleByArgument {
  public static var allValueDescriptions: [String: String] {
    Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.summary) })
  }
}

/// How many messages a second a fleet is published at.
enum FleetRate {
  private static let accepted = 100.0...100_000.0

  /// - Throws: `ValidationError` for what the option `--rate` cannot be.
  static func validate(_ rate: Double) throws {
    guard accepted.contains(rate) else { throw ValidationError("--rate is 100 to 100000 messages a second") }
  }
}
