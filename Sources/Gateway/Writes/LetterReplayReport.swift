/// What has become of a replay: `POST /api/v1/dead-letters/replay`.
public struct LetterReplayReport: Codable, Equatable, Sendable {
  /// Journaled, to be read again.
  public var replayed = 0
  /// The store had not taken them in when the wait for it ended, so nobody knows yet which are refused again.
  public var isPending = false
  /// Of those that were read again: dead letters still, by reason.
  public var refused: [String: Int] = [:]
  /// Not read again, by reason.
  public var skipped: [String: Int] = [:]

  init(replayed: Int = 0, refused: [String: Int] = [:]) {
    self.replayed = replayed
    self.refused = refused
  }

  private enum CodingKeys: String, CodingKey {
    case replayed
    case isPending = "pending"
    case refused, skipped
  }

  /// The same in words.
  public var lines: [String] {
    let again = refused.values.reduce(0, +)
    var lines = [
      isPending
        ? "journaled: \(replayed); the store has not taken them in yet, and will"
        : "read again: \(replayed), of which \(replayed - again) are taken in"
    ]
    if again > 0 { lines.append("refused again: \(Self.list(refused))") }
    if !skipped.isEmpty { lines.append("left where they are: \(Self.list(skipped))") }
    return lines
  }

  private static func list(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($0.value) {\($0.key)}" }.joined(separator: ", ")
  }
}
