import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// Who speaks when, and what goes wrong on the way.
@Suite
struct DeviceFleetTests {
  private static let noon = Timestamp(seconds: 1_763_697_600)
  private static let messages = 100_000

  /// The messages of a fleet, one each millisecond from noon on.
  private func messages(
    of devices: [any SimulatedDevice], _ faults: FaultShares, count: Int = messages, seed: UInt64
  ) -> [(sentAt: Timestamp, message: SimulatedMessage)] {
    var fleet = DeviceFleet(devices, seed: seed, faults: faults)
    return (0..<count).map { index in
      let now = Self.noon + .milliseconds(index)
      return (now, fleet.nextMessage(at: now))
    }
  }

  private func tickers(_ count: Int, _ traits: DeviceTraits = DeviceTraits()) -> [any SimulatedDevice] {
    (0..<count).map { Ticker("ticker-\($0)", every: .seconds(10), traits) }
  }

  /// Five standard deviations of a share that is met with at random.
  private func requireShare(_ found: Int, of all: Int, is share: Double, _ what: String, seed: UInt64) {
    let deviation = (share * (1 - share) / Double(all)).squareRoot()
    #expect(abs(Double(found) / Double(all) - share) < 5 * deviation, "\(what): \(found) of \(all), seed \(seed)")
  }

  @Test("Devices speak as often as their intervals say, and each message has the moment at which it is published")
  func naturalShares() {
    let seed = testSeed()
    let devices: [any SimulatedDevice] = [1, 4, 20].flatMap { seconds in
      (0..<20).map { Ticker("\(seconds)-\($0)", every: .seconds(seconds)) }
    }
    let all = messages(of: devices, .none, seed: seed)
    #expect(all.allSatisfy { Tick($0.message)?.madeAt == $0.sentAt })
    let counts = all.reduce(into: [:]) { $0[$1.message.topic.prefix { $0 != "-" }, default: 0] += 1 }
    // 20 + 5 + 1 messages in a second of theirs.
    for (kind, share) in [("1", 20.0 / 26), ("4", 5.0 / 26), ("20", 1.0 / 26)] {
      let found = Double(counts[Substring(kind)] ?? 0) / Double(all.count)
      #expect(abs(found - share) < 0.01 * share + 0.001, "every \(kind) s: \(found), not \(share), seed \(seed)")
    }
  }

  @Test("A minute after the start every device has spoken, however long its interval")
  func start() {
    let seed = testSeed()
    var devices: [any SimulatedDevice] = (0..<500).map { Ticker("hourly-\($0)", every: .seconds(3600)) }
    devices.append(Ticker("beat", every: .seconds(1)))
    let all = messages(of: devices, .none, count: 600, seed: seed)
    #expect(Set(all.map(\.message.topic)).count == 501, "seed \(seed)")
  }

  @Test("The same seed and the same moments make the same messages; another seed makes others")
  func seeds() {
    let seed = testSeed()
    let one = messages(of: tickers(50), .usual, count: 5000, seed: seed).map(\.message.payload)
    #expect(one == messages(of: tickers(50), .usual, count: 5000, seed: seed).map(\.message.payload))
    #expect(one != messages(of: tickers(50), .usual, count: 5000, seed: seed &+ 1).map(\.message.payload))
  }

  @Test("Of all messages as many are bad and as many come twice as the shares say")
  func badAndRepeated() {
    let seed = testSeed()
    let all = messages(of: tickers(50), FaultShares(repeated: 0.04, bad: 0.03), seed: seed)
    let ticks = all.compactMap { Tick($0.message) }
    let twice = ticks.count - Set(ticks).count
    let made = all.count - twice
    requireShare(all.count - ticks.count, of: made, is: 0.03, "bad", seed: seed)
    // Those that still wait at the end are some of the last thirty seconds.
    #expect(abs(Double(twice) / Double(made) - 0.04) < 0.005, "\(twice) repeats of \(made), seed \(seed)")
    #expect(all.allSatisfy { ($0.message.fate == .refused) == $0.message.readings.isEmpty })
  }

  @Test("Late messages were made up to ten minutes before, and as many as the share says")
  func late() {
    let seed = testSeed()
    var fleet = DeviceFleet(tickers(50), seed: seed, faults: FaultShares(late: 0.03))
    // Long enough for what is late to come: forty minutes.
    let ages = (0..<Self.messages).compactMap { index -> Duration? in
      let now = Self.noon + .milliseconds(index * 24)
      return Tick(fleet.nextMessage(at: now)).map { now - $0.madeAt }
    }
    let late = ages.filter { $0 > .zero }
    #expect(abs(Double(late.count) / Double(ages.count) - 0.03) < 0.004, "\(late.count) are late, seed \(seed)")
    #expect(late.max()! < .seconds(600) + .milliseconds(100) && late.max()! > .seconds(300))
  }

  @Test("A silent device that keeps its messages sends them all when it is back, in their order, before others")
  func kept() {
    let seed = testSeed()
    let all = messages(of: tickers(50), FaultShares(offline: 0.2, keeping: 1), seed: seed)
    let ticks = all.compactMap { Tick($0.message) }
    for (name, ofOne) in Dictionary(grouping: ticks, by: \.name) {
      #expect(ofOne.map(\.count) == Array(1...ofOne.count), "\(name), seed \(seed)")
    }
    let old = zip(all, ticks).count { $0.sentAt > $1.madeAt }
    #expect(abs(Double(old) / Double(all.count) - 0.2) < 0.035, "\(old) were kept, seed \(seed)")
  }

  @Test("Of a device that keeps nothing the silent time is missing, and it has measured nothing meanwhile")
  func lost() {
    let seed = testSeed()
    let devices: [any SimulatedDevice] = [
      Ticker("silent", every: .seconds(1)),
      Ticker("heard", every: .seconds(1)),
    ]
    let faults = FaultShares(offline: 0.5, keeping: 0)
    let all = messages(of: devices, faults, count: 2000, seed: seed).compactMap { Tick($0.message) }
    for (name, ofOne) in Dictionary(grouping: all, by: \.name) {
      #expect(ofOne.map(\.count) == Array(1...ofOne.count), "\(name), seed \(seed)")
    }
    // A silence of one is a run of the other.
    let longest = zip(all, all.dropFirst()).reduce(into: (run: 1, longest: 1)) { state, pair in
      state.run = pair.0.name == pair.1.name ? state.run + 1 : 1
      state.longest = max(state.longest, state.run)
    }.longest
    #expect(longest >= 5, "seed \(seed)")
  }

  @Test("All messages of a device with a wrong clock are hours ahead or in 1970, and refused; the others count")
  func wrongClocks() {
    let seed = testSeed()
    let all = messages(of: tickers(2000), FaultShares(wrongClock: 0.1), count: 20_000, seed: seed)
    let fates = Dictionary(grouping: all, by: \.message.topic).mapValues { Set($0.map(\.message.fate)) }
    #expect(fates.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    requireShare(fates.values.count { $0 == [.refused] }, of: fates.count, is: 0.1, "wrong clocks", seed: seed)
    for (now, message) in all where message.fate == .refused {
      let words = String(decoding: message.payload, as: UTF8.self).split(separator: " ")
      let made = Timestamp(microseconds: Int64(words[1])!)
      #expect(made > now + .seconds(3600) || made < Timestamp(seconds: 86_400), "seed \(seed)")
    }
  }

  @Test("Where the protocol numbers its messages, all that are made arrive in their order")
  func ordered() {
    let seed = testSeed()
    let faults = FaultShares(offline: 0.2, keeping: 0.5, late: 0.2, repeated: 0.2, bad: 0.2, wrongClock: 0.5)
    let devices = tickers(20, DeviceTraits(isOrdered: true))
    let ticks = messages(of: devices, faults, count: 10_000, seed: seed).map { Tick($0.message) }
    for (name, ofOne) in Dictionary(grouping: ticks, by: { $0?.name }) {
      #expect(ofOne.map { $0?.count } == Array(1...ofOne.count), "\(name ?? "garbled"), seed \(seed)")
    }
  }

  @Test("Where messages have no time of their own none is late, kept, or of a wrong clock")
  func receiptTimed() {
    let seed = testSeed()
    let faults = FaultShares(offline: 0.2, keeping: 1, late: 0.3, wrongClock: 0.5)
    let devices = tickers(20, DeviceTraits(clock: .receipt, identity: .none))
    for (now, message) in messages(of: devices, faults, count: 10_000, seed: seed) {
      #expect(Tick(message)?.madeAt == now && message.isTimedByReceipt, "seed \(seed)")
    }
  }
}
