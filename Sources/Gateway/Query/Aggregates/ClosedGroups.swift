import Crypto
import Foundation
import Storage
import Synchronization
import Telemetry

/// What the groups of a question came to in stored windows that have ended: the same questions come again and again, and
/// what they ask for hardly changes any more.
///
/// Invariants
/// - What is remembered is of one directory: with another one it begins anew.
/// - A memory counts only while its windows have been written to as often as when it was made.
/// - What is remembered is bounded; questions that were not asked for longest are forgotten first.
final class ClosedGroups: Sendable {
  /// Which readings go to which groups.
  ///
  /// A digest of the series, `group_by`, the filter, the scope, and the length of the stored windows at whose starts tags
  /// count: thousands of series make no key that one would like to keep.
  struct Shape: Hashable {
    private let digest: SHA256Digest

    init(_ query: AggregatesQuery, _ series: [SeriesID], _ scope: TagScope) {
      var hash = SHA256()
      series.withUnsafeBytes { hash.update(bufferPointer: $0) }
      let words =
        [query.groupBy, query.tags.flatMap { [$0.name, $0.value] }]
        + scope.values.sorted { $0.key < $1.key }.map { [$0.key] + $0.value.sorted() }
      let json = try? JSONEncoder().encode(words)
      hash.update(data: json ?? Data())
      withUnsafeBytes(of: query.grid.level.seconds) { hash.update(bufferPointer: $0) }
      digest = hash.finalize()
    }
  }

  /// A group, and what it came to.
  typealias Group = (key: SeriesGroups.Key, point: GroupPoint)

  private struct Place: Hashable {
    let length: Int64
    let start: Int64
  }

  private struct Memory {
    var askedAt = 0
    var points = 0
    var places: [Place: (times: Int64, groups: [Group])] = [:]
  }

  private struct State {
    var now = 0
    var points = 0
    var memories: [Shape: Memory] = [:]
  }

  /// Points in all: some 10 MB.
  static let pointLimit = 20_000

  private let state = Mutex(State())

  /// - Parameter times: how often the windows have been written to.
  func groups(_ shape: Shape, length: WindowLength, start: Int64, times: Int64) -> [Group]? {
    state.withLock { state in
      guard let known = state.memories[shape]?.places[Place(length: length.seconds, start: start)], known.times == times
      else { return nil }
      state.now += 1
      state.memories[shape]?.askedAt = state.now
      return known.groups
    }
  }

  func remember(_ groups: [Group], _ shape: Shape, length: WindowLength, start: Int64, times: Int64) {
    state.withLock { state in
      state.now += 1
      let place = Place(length: length.seconds, start: start)
      let former = state.memories[shape]?.places[place].map { $0.groups.count + 1 } ?? 0
      state.memories[shape, default: Memory()].places[place] = (times, groups)
      // A window in which nobody said anything is remembered too.
      state.memories[shape]?.points += groups.count + 1 - former
      state.memories[shape]?.askedAt = state.now
      state.points += groups.count + 1 - former
      while state.points > Self.pointLimit, let oldest = state.memories.min(by: { $0.value.askedAt < $1.value.askedAt })
      {
        state.points -= oldest.value.points
        state.memories[oldest.key] = nil
      }
    }
  }
}
