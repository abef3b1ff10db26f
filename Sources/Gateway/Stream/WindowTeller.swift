import Foundation
import Ingest
import Storage
import Telemetry

/// Tells the aggregates of windows, each once, when it has closed.
///
/// Invariants
/// - A window is told once the store has what came until 30 s after its end; `closedThrough` moves to its end with its
///   last point. Windows are told in the order of time, their points in that of the answer to the question.
/// - All is read from the store, so that a client which comes back is told what closed meanwhile, a restart included.
struct WindowTeller {
  /// A point as it is told, and what it is known by where a client comes back in the middle of its window.
  private struct Point {
    let windowEnd: Int64
    let data: Data
    let mark: UInt32
  }

  private let query: StreamQuery
  private let scope: TagScope
  private let reader: StoreReader
  private let timeLimit: Duration
  private var grid: WindowGrid
  private let gridText: String
  private(set) var closedThrough: Int64
  private(set) var mark: UInt32?
  private var points: ArraySlice<Point> = []
  /// The end of the windows that `points` are of.
  private var readThrough: Int64
  private var windowsAtOnce = 1

  /// Windows that a client which comes back is told; of those before it is told that they are missing.
  static let mostWindows: Int64 = 1440
  private static let pointsAtOnce = 20_000

  /// - Parameters:
  ///   - closedThrough: windows that end by then are not told; seconds since 1970.
  ///   - mark: of the last point of the next window that was told.
  init(
    _ query: StreamQuery, _ scope: TagScope, _ reader: StoreReader, timeLimit: Duration, closedThrough: Int64,
    mark: UInt32?
  ) throws {
    let question = try query.aggregates(in: 0..<1, now: Timestamp(seconds: 1))
    self.query = query
    self.scope = scope
    self.reader = reader
    self.timeLimit = timeLimit
    grid = question.grid
    gridText = question.grid.text
    self.closedThrough = closedThrough
    self.mark = mark
    readThrough = closedThrough
  }

  /// Passes over windows that are too many to be told.
  ///
  /// - Parameter moment: when the last checkpoint was begun.
  /// - Returns: those; nil where all can be told.
  mutating func skip(at moment: Timestamp) -> StreamGap? {
    let closed = closedEnd(at: moment)
    let first = grid.window(of: closedThrough)
    let most = Self.mostWindows * Int64(first.count)
    guard closed - first.lowerBound > most else { return nil }
    return missing(
      to: grid.window(of: closed - most).lowerBound,
      "only the last \(Self.mostWindows) windows are told to a client that comes back; /api/v1/aggregates has the others"
    )
  }

  private mutating func missing(to end: Int64, _ why: String) -> StreamGap {
    defer {
      closedThrough = end
      readThrough = end
      mark = nil
    }
    return StreamGap(of: .aggregates, from: text(closedThrough), to: text(end), why: why)
  }

  private func text(_ second: Int64) -> String { QueryTime.text(Timestamp(seconds: second), in: query.zone) }

  /// The end of the last window that has closed.
  private mutating func closedEnd(at moment: Timestamp) -> Int64 {
    grid.window(of: moment.seconds - WindowState.secondsUntilClosed).lowerBound
  }

  /// Reads the next windows that have closed, where none are left to be told.
  ///
  /// - Parameter moment: when the last checkpoint was begun.
  /// - Returns: what is missing before them.
  /// - Throws: `QueryError` where the question is none any more, as devices have changed.
  mutating func prepare(at moment: Timestamp) async throws -> StreamGap? {
    guard points.isEmpty, closedEnd(at: moment) > readThrough else { return nil }
    return try await read(at: moment)
  }

  /// The next point; nil where none is left. What it leaves `closedThrough` and `mark` at is its place.
  mutating func next() -> Data? {
    guard let point = points.popFirst() else {
      closedThrough = max(closedThrough, readThrough)
      mark = nil
      return nil
    }
    let isLast = points.first?.windowEnd != point.windowEnd
    closedThrough = isLast ? point.windowEnd : closedThrough
    mark = isLast ? nil : point.mark
    return point.data
  }

  private mutating func read(at moment: Timestamp) async throws -> StreamGap? {
    let closed = closedEnd(at: moment)
    let (answer, end) = try await ask(through: closed, at: moment)
    let began = readThrough
    readThrough = end
    let windows = windowsAtOnce
    points = try order(answer)[...]
    windowsAtOnce = max(1, min(60, windows * Self.pointsAtOnce / max(1, points.count)))
    if let mark, let index = points.firstIndex(where: { $0.mark == mark }) { points = points[(index + 1)...] }
    guard let keptFrom = answer.keptFrom, let kept = QueryTime.parse(keptFrom, now: moment, zone: query.zone),
      kept.seconds > began
    else { return nil }
    return StreamGap(
      of: .aggregates, from: text(began), to: keptFrom, why: "windows of then have been let go, as windows.retain says")
  }

  /// Asks for as many windows as are answered in time.
  ///
  /// - Returns: the answer, and where its windows end.
  /// - Throws: `StoreReader.TookTooLong` where one window takes too long already.
  private mutating func ask(through closed: Int64, at moment: Timestamp) async throws -> (AggregatesAnswer, Int64) {
    while true {
      var end = readThrough
      for _ in 0..<windowsAtOnce where end < closed { end = grid.window(of: end).upperBound }
      let question = try query.aggregates(in: readThrough..<end, now: moment)
      do {
        return (try await reader.read(within: timeLimit) { [scope] in try question.answer($0, scope) }, end)
      } catch let error as StoreReader.TookTooLong {
        guard windowsAtOnce > 1 else { throw error }
        windowsAtOnce /= 2
      }
    }
  }

  /// By window, then as the answer has them.
  private mutating func order(_ answer: AggregatesAnswer) throws -> [Point] {
    var byWindow: [Int64: [Point]] = [:]
    for series in answer.series {
      for point in series.points {
        let window = grid.window(of: point.start)
        byWindow[window.upperBound, default: []].append(try told(point, of: series, end: window.upperBound))
      }
    }
    return byWindow.sorted { $0.key < $1.key }.flatMap(\.value)
  }

  private func told(
    _ point: AggregatePoint, of series: AggregatesAnswer.Series, end: Int64
  ) throws -> Point {
    var fields = point.fields.reduce(into: [:]) { $0[$1.name] = $1.value }
    fields["metric"] = .text(series.metric)
    fields["unit"] = AnswerValue(series.unit)
    fields["group"] = .object(series.group)
    fields["window"] = .text(gridText)
    var text = JSONText()
    text.value(.object(fields))
    let data = Data(text.bytes)
    let name = try Answer.json([AnswerValue.text(series.metric), AnswerValue(series.unit), .object(series.group)])
    return Point(
      windowEnd: end, data: data, mark: UInt32(truncatingIfNeeded: name.withUnsafeBytes { ContentHash.of($0) }))
  }
}
