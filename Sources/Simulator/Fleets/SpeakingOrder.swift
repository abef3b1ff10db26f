import HeapModule

/// Which device speaks next, by the devices' own intervals.
///
/// It has a time of its own, that of the devices' lives: how fast it goes by beside the clock follows from how many
/// messages a second are asked for.
///
/// Invariants
/// - All speak for the first time within their interval, and within `startSeconds`: as after a power cut.
/// - The second message comes after a random part of the interval, so that those who began together do not stay
///   together; the others after an interval, some more or less.
struct SpeakingOrder: Sendable {
  private struct Turn: Comparable {
    var atSeconds: Double
    let device: Int
    var isFirst: Bool

    static func < (left: Turn, right: Turn) -> Bool { left.atSeconds < right.atSeconds }
  }

  /// A minute after the start every device has spoken.
  private static let startSeconds = 60.0
  /// An interval is shorter or longer by up to this part of it.
  private static let jitter = 0.1

  private let intervalsSeconds: [Double]
  private var turns: Heap<Turn>

  /// - Parameter intervalsSeconds: of each device, at least one, each more than 0.
  init(intervalsSeconds: [Double], using random: inout RandomSource) {
    precondition(!intervalsSeconds.isEmpty && intervalsSeconds.allSatisfy { $0 > 0 })
    self.intervalsSeconds = intervalsSeconds
    turns = Heap(
      intervalsSeconds.enumerated().map { device, interval in
        Turn(
          atSeconds: Double.random(in: 0..<min(interval, Self.startSeconds), using: &random), device: device,
          isFirst: true)
      })
  }

  /// The device whose turn it is; its next one is set.
  mutating func next(using random: inout RandomSource) -> Int {
    guard var turn = turns.min else { preconditionFailure("there are no devices") }
    let interval = intervalsSeconds[turn.device]
    turn.atSeconds +=
      turn.isFirst
      ? Double.random(in: 0..<interval, using: &random)
      : interval * Double.random(in: (1 - Self.jitter)..<(1 + Self.jitter), using: &random)
    turn.isFirst = false
    turns.replaceMin(with: turn)
    return turn.device
  }
}
