import DurableSQLite
import Telemetry
import Testing

@testable import Storage

@Suite
struct WindowDetailTests {
  /// Two state times, a held time and a sketch, in the places that the format gives them.
  private static func window() -> WindowState {
    var state = WindowState(aggregate: Aggregate(TimedValue(time: Timestamp(seconds: 1), value: 5), rule))
    state.aggregate.course.heldMicroseconds = 9
    state.aggregate.course.states = StateTimes([
      StateTimes.Entry(state: 1, microseconds: 5), StateTimes.Entry(state: 2, microseconds: 6),
    ])
    return state
  }

  private static let rule = SeriesRule(kind: .gauge, wantsQuantiles: true)

  private func read(_ bytes: [UInt8]) throws -> WindowState {
    var state = WindowState()
    try bytes.withUnsafeBytes { try WindowDetail.read($0, into: &state) }
    return state
  }

  /// Fixed part; integral; number of states, two states; zeros, number of buckets, a bucket, number of buckets.
  enum Place: Int, CaseIterable {
    case firstAt = 2
    case lastAt = 10
    case changedAt = 18
    case held = 66
    case firstStateTime = 84
    case secondStateTime = 100
    case zeros = 108
    case bucketCount = 122
  }

  @Test(
    "Times and counts that no window can have are told, not computed with",
    arguments: Place.allCases, [Int64.min, -1 << 60, 1 << 60, .max])
  func impossibleNumbers(place: Place, number: Int64) throws {
    var bytes: [UInt8] = []
    WindowDetail.write(Self.window(), to: &bytes)
    #expect(try read(bytes).aggregate.course.states.entries.count == 2)
    withUnsafeBytes(of: number) { bytes.replaceSubrange(place.rawValue..<place.rawValue + 8, with: $0) }
    #expect(throws: DatabaseFailure.self) { try read(bytes) }
  }

  @Test("A bucket without a count is none")
  func emptyBucket() throws {
    var bytes: [UInt8] = []
    WindowDetail.write(Self.window(), to: &bytes)
    bytes.replaceSubrange(Place.bucketCount.rawValue..<Place.bucketCount.rawValue + 8, with: repeatElement(0, count: 8))
    #expect(throws: DatabaseFailure.self) { try read(bytes) }
  }

  @Test("States and buckets out of their order are refused: what stands twice would add up to more than it may")
  func order() throws {
    var state = Self.window()
    state.aggregate.join(Aggregate(TimedValue(time: Timestamp(seconds: 2), value: 6), Self.rule), Self.rule)
    var bytes: [UInt8] = []
    WindowDetail.write(state, to: &bytes)
    #expect(try read(bytes).aggregate.sketch == state.aggregate.sketch)
    let bucket = Place.bucketCount.rawValue - 4
    // A number of a state, or an index of a bucket, in the place of the one behind it.
    for (first, second, size) in [(76, 92, 8), (bucket, bucket + 12, 4)] {
      var damaged = bytes
      damaged.replaceSubrange(second..<second + size, with: bytes[first..<first + size])
      #expect(throws: DatabaseFailure.self) { try read(damaged) }
    }
    // As far off as an index can be.
    bytes.replaceSubrange(bucket + 12..<bucket + 16, with: [0xFF, 0xFF, 0xFF, 0x7F])
    #expect(throws: DatabaseFailure.self) { try read(bytes) }
  }

  @Test("Bytes that end early are refused, wherever they end")
  func cut() throws {
    var bytes: [UInt8] = []
    WindowDetail.write(Self.window(), to: &bytes)
    for count in 0..<bytes.count {
      #expect(throws: DatabaseFailure.self) { try read(Array(bytes[..<count])) }
    }
  }
}
