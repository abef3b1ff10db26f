import Foundation
import Storage
import Telemetry

/// A question that is the same over HTTP and on the command line, and its answer as JSON.
public enum Question: Sendable {
  case aggregates(QueryParameters)
  case latest(QueryParameters)

  /// The same data give the same bytes.
  ///
  /// - Parameter journalHead: see `StoreSnapshot.ledger`.
  /// - Throws: `QueryError` where the question cannot be answered as it is asked.
  public func answer(_ snapshot: StoreSnapshot, zone: TimeZone, now: Timestamp) throws -> Data {
    switch self {
    case .aggregates(let parameters):
      try Self.encode(AggregatesQuery(parameters, zone: zone, now: now).answer(snapshot))
    case .latest(let parameters): try Self.encode(LatestQuery(parameters, zone: zone).answer(snapshot))
    }
  }

  /// JSON with sorted keys and a newline at the end.
  public static func encode(_ answer: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(answer) + Data("\n".utf8)
  }
}

extension Timestamp {
  /// The machine's clock.
  public static var now: Timestamp {
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded(.down)))
  }
}
