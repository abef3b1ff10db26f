import Alerting
import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Hours and days that rules look at, beside what all their minutes come to.
@Suite struct OpenWindowsTests {
  private static let midnight: Int64 = 1_763_683_200

  private struct Place: Hashable {
    let series: SeriesID
    let length: WindowLength
  }

  /// What is expected of the minutes of one checkpoint.
  private struct Expected {
    /// How often a window is told.
    var times: [Int64: Int] = [:]
    /// The one that is open behind it, and its last minute.
    var open: (start: Int64, minute: Int64)?
  }

  private let scratch: ScratchDirectory
  private let records: [SeriesRecord]

  init() throws {
    scratch = try ScratchDirectory()
    records = [MetricKind.counter, .event, .gauge].enumerated().map { place, kind in
      SeriesRecord(
        id: SeriesID(rawValue: UInt32(place + 1)), deviceID: 1, metric: "m\(place)", kind: kind, unit: "kg")
    }
  }

  /// The last series is one at which no rule looks.
  private func asked(_ id: SeriesID) -> OpenWindows.Asked? {
    switch id.rawValue {
    case 1: OpenWindows.Asked(rule: records[0].rule, lengths: [.minute, .hour, .day])
    case 2: OpenWindows.Asked(rule: records[1].rule, lengths: [.hour])
    default: nil
    }
  }

  private func start(_ minute: Int64, _ length: WindowLength) -> Int64 { minute - minute % length.seconds }

  private func expected(_ minutes: [Int64], _ length: WindowLength, _ open: (start: Int64, minute: Int64)?) -> Expected
  {
    var expected = Expected(open: open)
    for (window, minutes) in Dictionary(grouping: minutes, by: { start($0, length) }).sorted(by: { $0.key < $1.key }) {
      if let open, window < open.start { continue }
      let known = open?.start == window ? open!.minute : window
      let isLate = length != .minute && minutes.contains { $0 < known }
      expected.times[window] = minutes.count { $0 >= known } + (isLate ? 1 : 0)
      expected.open = (window, max(known, minutes.max()!))
    }
    return expected
  }

  @Test("A window is what its minutes come to, late ones too, for which it is read anew once", arguments: 0..<3)
  func minutes(round: Int) throws {
    let seed = testSeed() &+ UInt64(round)
    var random = RandomSource(seed: seed)
    let store = try Store(directory: scratch.path, zone: .gmt)
    var windows = OpenWindows(ZoneDays(.gmt))
    var samples: [WindowKey: [TimedValue]] = [:]
    var open: [Place: (start: Int64, minute: Int64)] = [:]
    var (now, lateOnes) = (Self.midnight + 22 * 3600, 0)
    for step in 1...120 {
      now += 60 * Int64.random(in: 0...4, using: &random)
      var changed: Set<WindowKey> = []
      for record in records {
        let late = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 1...90, using: &random) }
        for back in [0] + late {
          let key = WindowKey(start: start(now - 60 * back, .minute), series: record.id)
          let time = Timestamp(
            microseconds: key.start * 1_000_000 + Int64.random(in: 0..<60_000_000, using: &random))
          samples[key, default: []].append(
            TimedValue(time: time, value: Double(Int.random(in: 0...99, using: &random))))
          changed.insert(key)
        }
      }
      var stored: [(key: WindowKey, aggregate: Aggregate)] = []
      for key in changed.sorted() { stored.append((key, aggregate(samples[key]!, key))) }
      try write(stored, step, to: store)
      let changes = try store.read { try windows.changes(stored, $0) { asked($0) } }
      var told = 0
      for record in records {
        for length in asked(record.id)?.lengths ?? [] {
          let place = Place(series: record.id, length: length)
          let minutes = changed.filter { $0.series == record.id }.map(\.start)
          let expected = expected(minutes, length, length == .minute ? nil : open[place])
          open[place] = expected.open
          for (window, times) in expected.times {
            let of = changes.filter { $0.series == record.id && $0.length == length && $0.start == window }
            #expect(of.count == times, "seed \(seed), step \(step), \(place), \(window)")
            #expect(of.last?.end == window + length.seconds)
            #expect(
              of.last?.aggregate == joined(samples, record, window..<window + length.seconds),
              "seed \(seed), step \(step), \(place), \(window)")
            told += of.count
          }
          if length == .hour { lateOnes += minutes.count { $0 < now - now % 60 && $0 >= start(now, .hour) } }
        }
      }
      #expect(changes.count == told, "seed \(seed), step \(step)")
    }
    #expect(lateOnes > 20 && now > Self.midnight + 86_400, "seed \(seed)")
  }

  private func aggregate(_ samples: [TimedValue], _ key: WindowKey) -> Aggregate {
    var aggregate = Aggregate()
    let rule = records[Int(key.series.rawValue) - 1].rule
    for sample in samples.sorted(by: { ($0.time, $0.value) < ($1.time, $1.value) }) { aggregate.append(sample, rule) }
    return aggregate
  }

  /// All minutes of a window, joined in their order.
  private func joined(
    _ samples: [WindowKey: [TimedValue]], _ record: SeriesRecord, _ span: Range<Int64>
  ) -> Aggregate? {
    var joined: Aggregate?
    for start in stride(from: span.lowerBound, to: span.upperBound, by: 60) {
      let key = WindowKey(start: start, series: record.id)
      guard let minute = samples[key].map({ aggregate($0, key) }) else { continue }
      if joined == nil { joined = minute } else { joined!.join(minute, record.rule) }
    }
    return joined
  }

  private func write(_ minutes: [(key: WindowKey, aggregate: Aggregate)], _ step: Int, to store: Store) throws {
    var checkpoint = Checkpoint()
    checkpoint.appliedSequence = UInt64(step)
    if step == 1 {
      checkpoint.devices = [DeviceRecord(id: 1, name: "d", profile: "p", firstSeenAt: Timestamp(seconds: 0))]
      checkpoint.series = records
    }
    checkpoint.changes.windows = minutes.map { ($0.key, WindowState(aggregate: $0.aggregate, revision: Int64(step))) }
    try store.write(checkpoint)
  }
}
