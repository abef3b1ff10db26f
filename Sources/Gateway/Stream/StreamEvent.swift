import Foundation

/// Writes events as a stream has them.
///
/// Source: WHATWG HTML, 9.2 Server-sent events. JSON has no line feeds, so that each event has one line of data.
enum StreamEvent {
  /// What an event tells: its `event` field.
  enum Kind: String, CaseIterable, Sendable {
    case reading, aggregate, alert, gap, problem
  }

  /// - Parameter data: JSON in one line.
  static func write(_ kind: Kind, _ data: Data, id: StreamPosition, to text: inout Data) {
    text.append(contentsOf: "id: \(id.text)\nevent: \(kind.rawValue)\ndata: ".utf8)
    text.append(data)
    text.append(contentsOf: "\n\n".utf8)
  }

  /// How long a client waits before it comes back, and where it stands: no event, as there is no data.
  static func begin(_ id: StreamPosition, to text: inout Data) {
    text.append(contentsOf: "retry: \(retryMilliseconds)\nid: \(id.text)\n\n".utf8)
  }

  /// Shows that the connection lives. With the id a client that was told nothing for long goes on where it stands.
  static func beat(_ id: StreamPosition?, to text: inout Data) {
    text.append(contentsOf: ": heartbeat\n".utf8)
    if let id { text.append(contentsOf: "id: \(id.text)\n".utf8) }
    text.append(contentsOf: "\n".utf8)
  }

  private static let retryMilliseconds = 3000
}

/// What a client has missed.
struct StreamGap: Encodable {
  /// `readings`, `aggregates` or `alerts`.
  let of: StreamQuery.Content
  /// Of readings `SEQUENCE.INDEX`, as in ids; of aggregates times; of alerts the numbers of the transitions around it.
  let from: String
  let to: String
  let why: String
}
