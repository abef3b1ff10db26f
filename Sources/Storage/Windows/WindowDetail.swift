import DurableSQLite
import Foundation
import Telemetry

/// What a window's row holds beside its plain columns, as bytes: the `detail` column.
///
/// All numbers are little endian. Times are microseconds since 1970.
///
///     u8   version, 1
///     u8   what is there: 1 inexact, 2 samples kept, 4 increase, 8 integral, 16 states, 32 bad by reason,
///          64 late revisions, 128 sketch
///     i64  first_at, i64 last_at, i64 changed_at
///     f64  m2, f64 expected
///     u32  profile version, u32 late, u32 repeated, u32 parts
///     then, where they are there, in this order:
///     f64  increase
///     f64  integral, i64 microseconds held
///     u16  n, n × (f64 state number, i64 microseconds)
///     u8   n, n × (u8 number of quality, u32 bad readings)
///     u8   n, n × (i64 revision, i64 received at)
///     i64  zeros, then the positive and the negative buckets: u16 n, n × (i32 index, i64 count)
struct WindowDetail {
  private struct Parts: OptionSet {
    let rawValue: UInt8
    static let inexact = Parts(rawValue: 1)
    static let samples = Parts(rawValue: 2)
    static let increase = Parts(rawValue: 4)
    static let integral = Parts(rawValue: 8)
    static let states = Parts(rawValue: 16)
    static let badCounts = Parts(rawValue: 32)
    static let lateRevisions = Parts(rawValue: 64)
    static let sketch = Parts(rawValue: 128)
  }

  private static let version: UInt8 = 1
  private static let fixedBytes = 58

  // MARK: Writing

  /// Puts the bytes of a window in place of what is in `bytes`.
  static func write(_ state: WindowState, to bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    let aggregate = state.aggregate
    let course = aggregate.course
    var parts: Parts = []
    if aggregate.isInexact { parts.insert(.inexact) }
    if state.hasSamples { parts.insert(.samples) }
    if course.increase != 0 { parts.insert(.increase) }
    if course.heldMicroseconds != 0 { parts.insert(.integral) }
    if !course.states.entries.isEmpty { parts.insert(.states) }
    if !state.badCounts.isEmpty { parts.insert(.badCounts) }
    if !state.lateRevisions.isEmpty { parts.insert(.lateRevisions) }
    if aggregate.sketch != nil { parts.insert(.sketch) }
    withUnsafeTemporaryAllocation(byteCount: fixedBytes, alignment: 8) { fixed in
      fixed[0] = version
      fixed[1] = parts.rawValue
      var position = 2
      func put<Number: BitwiseCopyable>(_ number: Number) {
        fixed.storeBytes(of: number, toByteOffset: position, as: Number.self)
        position += MemoryLayout<Number>.size
      }
      put(aggregate.firstAt.microseconds)
      put(aggregate.lastAt.microseconds)
      put(state.changedAt.microseconds)
      put(aggregate.m2)
      put(state.expected)
      put(state.profileVersion)
      put(state.late)
      put(state.repeated)
      put(UInt32(clamping: state.parts))
      bytes.append(contentsOf: fixed)
    }
    if parts.contains(.increase) { put(course.increase, to: &bytes) }
    if parts.contains(.integral) {
      put(course.integral, to: &bytes)
      put(course.heldMicroseconds, to: &bytes)
    }
    if parts.contains(.states) {
      put(UInt16(clamping: course.states.entries.count), to: &bytes)
      for entry in course.states.entries {
        put(entry.state, to: &bytes)
        put(entry.microseconds, to: &bytes)
      }
    }
    if parts.contains(.badCounts) {
      let counted = Quality.allCases.filter { state.badCounts[$0] > 0 }
      bytes.append(UInt8(clamping: counted.count))
      for quality in counted {
        bytes.append(quality.rawValue)
        put(state.badCounts[quality], to: &bytes)
      }
    }
    if parts.contains(.lateRevisions) {
      bytes.append(UInt8(clamping: state.lateRevisions.count))
      for late in state.lateRevisions {
        put(late.revision, to: &bytes)
        put(late.at.microseconds, to: &bytes)
      }
    }
    if let sketch = aggregate.sketch {
      put(sketch.zeros, to: &bytes)
      put(sketch.positive, to: &bytes)
      put(sketch.negative, to: &bytes)
    }
  }

  @inline(__always)
  private static func put<Number>(_ number: Number, to bytes: inout [UInt8]) {
    // Linux on little-endian machines only.
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  private static func put(_ buckets: QuantileSketch.Buckets, to bytes: inout [UInt8]) {
    let used = buckets.counts.enumerated().filter { $0.element > 0 }
    put(UInt16(clamping: used.count), to: &bytes)
    for (offset, count) in used {
      put(Int32(clamping: buckets.firstIndex + offset), to: &bytes)
      put(count, to: &bytes)
    }
  }

  // MARK: Reading

  /// No window has more; what is damaged may say so, and would overflow where windows are added up. Twelve days.
  private static let longestMicroseconds: Int64 = 1 << 40
  private static let mostReadings: Int64 = 1 << 32

  /// Takes what the bytes say into a window.
  ///
  /// - Parameter sketch: false where nobody asks for quantiles.
  /// - Throws: `DatabaseFailure.damaged` for bytes that this version cannot read.
  static func read(_ bytes: UnsafeRawBufferPointer, into state: inout WindowState, sketch: Bool = true) throws {
    guard bytes.count >= fixedBytes, bytes[0] == version else {
      throw DatabaseFailure.damaged("a window's detail cannot be read: \(bytes.count) bytes")
    }
    let parts = Parts(rawValue: bytes[1])
    var reader = ByteReader(bytes, at: 2)
    state.aggregate.isInexact = parts.contains(.inexact)
    state.hasSamples = parts.contains(.samples)
    state.aggregate.firstAt = try reader.moment()
    state.aggregate.lastAt = try reader.moment()
    state.changedAt = try reader.moment()
    state.aggregate.m2 = try reader.next()
    state.expected = try reader.next()
    state.profileVersion = try reader.next()
    state.late = try reader.next()
    state.repeated = try reader.next()
    state.parts = Int64(try reader.next() as UInt32)
    if parts.isDisjoint(with: [.increase, .integral, .states, .badCounts, .lateRevisions, .sketch]) { return }
    if parts.contains(.increase) { state.aggregate.course.increase = try reader.next() }
    if parts.contains(.integral) {
      state.aggregate.course.integral = try reader.next()
      state.aggregate.course.heldMicroseconds = try reader.amount(upTo: longestMicroseconds)
    }
    if parts.contains(.states) {
      for _ in 0..<(try reader.next() as UInt16) {
        let number: Double = try reader.next()
        guard number > state.aggregate.course.states.entries.last?.state ?? -.infinity else {
          throw DatabaseFailure.damaged("a window's detail has states out of order")
        }
        state.aggregate.course.states.add(try reader.amount(upTo: longestMicroseconds), in: number)
      }
    }
    if parts.contains(.badCounts) {
      for _ in 0..<(try reader.next() as UInt8) {
        guard let quality = Quality(rawValue: try reader.next()) else {
          throw DatabaseFailure.damaged("a window's detail has a quality of another version")
        }
        state.badCounts.add(try reader.next(), quality)
      }
    }
    if parts.contains(.lateRevisions) {
      for _ in 0..<(try reader.next() as UInt8) {
        let revision: Int64 = try reader.next()
        state.lateRevisions.append(
          WindowState.LateRevision(revision: revision, at: try reader.moment()))
      }
    }
    if sketch, parts.contains(.sketch) {
      let zeros = try reader.amount(upTo: mostReadings)
      state.aggregate.sketch = QuantileSketch(
        zeros: zeros, positive: try reader.buckets(), negative: try reader.buckets())
    }
  }

  /// Whether the bytes can be read.
  static func isReadable(_ bytes: Data) -> Bool {
    var state = WindowState()
    return (try? bytes.withUnsafeBytes { try read($0, into: &state) }) != nil
  }

  private struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
      self.bytes = bytes
      self.position = position
    }

    @inline(__always)
    mutating func next<Number: BitwiseCopyable>() throws -> Number {
      let size = MemoryLayout<Number>.size
      guard position + size <= bytes.count else {
        throw DatabaseFailure.damaged("a window's detail ends early, at byte \(bytes.count)")
      }
      defer { position += size }
      return bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
    }

    /// A time that readings can have.
    mutating func moment() throws -> Timestamp {
      let moment = Timestamp(microseconds: try next())
      guard Timestamp.accepted.contains(moment) else {
        throw DatabaseFailure.damaged("a window's detail has a time beyond all times: \(moment.microseconds)")
      }
      return moment
    }

    /// A number that is no less than 0.
    mutating func amount(upTo most: Int64) throws -> Int64 {
      let amount: Int64 = try next()
      guard (0...most).contains(amount) else {
        throw DatabaseFailure.damaged("a window's detail has a number that no window can have: \(amount)")
      }
      return amount
    }

    mutating func buckets() throws -> [(index: Int, count: Int64)] {
      var buckets: [(index: Int, count: Int64)] = []
      for _ in 0..<(try next() as UInt16) {
        let index: Int32 = try next()
        let count = try amount(upTo: WindowDetail.mostReadings)
        // Each once, in their order, none so far from the first that it would share a bucket.
        guard count > 0, index > buckets.last?.index ?? .min,
          Int(index) - (buckets.first?.index ?? Int(index)) < QuantileSketch.Buckets.limit
        else { throw DatabaseFailure.damaged("a window's detail has buckets that no sketch can have") }
        buckets.append((Int(index), count))
      }
      return buckets
    }
  }
}
