import Foundation
import Storage
import Telemetry

/// What an answer goes on with that is told line by line: a part at a time, so that nobody has to hold all of it.
///
/// Each part is read at its own moment: a reader that takes its time keeps no moment of the store alive.
public struct AnswerRest: Sendable {
  let question: Question
  let context: QuestionContext
  /// When the question was asked.
  let now: Timestamp
  let place: Place
  /// Of the parts before.
  let columns: [String]
  /// How many points of aggregates a part has at most.
  let pointsAtOnce: Int

  /// Where the next part begins.
  enum Place: Sendable {
    /// With the window that begins in a second since 1970.
    case window(Int64)
    /// With a page.
    case cursor(String)
  }

  /// The next part.
  ///
  /// - Throws: as `Question.answer`.
  public func answer(_ snapshot: StoreSnapshot) throws -> Answer {
    try question.answer(snapshot, context, now: now, from: (place, columns), pointsAtOnce: pointsAtOnce)
  }
}
