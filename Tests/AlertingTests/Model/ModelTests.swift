import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Alerting

/// The engine against a slow and obvious reference.
@Suite struct ModelTests {
  @Test("Whatever comes, late, bad, never live or not at all, with clocks that step, each machine does what it should")
  func steps() async throws {
    let seed = testSeed()
    let found = try await inBackground { Self.differences(seeds: seed) { ModelRun(seed: $0, hasSteps: true) } }
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  @Test("An engine that is ended and begun again anywhere does what one does that never ends, with the same ids")
  func restarts() async throws {
    let seed = testSeed()
    let found = try await inBackground { Self.differences(seeds: seed) { ModelRun(seed: $0, hasRestarts: true) } }
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  /// A sentence for each machine that did something else, in the first stream that has one.
  private static func differences(seeds seed: UInt64, _ make: (UInt64) -> ModelRun) -> [String] {
    for stream in 0..<UInt64(setting("GANGLION_STREAMS", default: 60)) {
      var run = make(seed &+ stream)
      run.run()
      let found = run.differences
      if !found.isEmpty { return ["stream \(stream)"] + found }
    }
    return []
  }
}

/// One random history, and an engine that goes through it.
struct ModelRun {
  private var random: RandomSource
  private let hasSteps: Bool
  private let hasRestarts: Bool
  private var engine = ModelWorld.engine(listensSince: at(ModelRun.begin))
  private(set) var events: [ModelEvent] = []
  private var moment = ModelRun.begin
  /// What the gateway's clock is behind the axis of deadlines.
  private var behind: Int64 = 0
  private var sequence: UInt64 = 0
  private var isDeaf = false
  private var levels: [UInt32: Double] = [:]
  private var times: [UInt32: Int64] = [:]
  private var store = ModelStore()

  static let begin: Int64 = 1_000_000

  init(seed: UInt64, hasSteps: Bool = false, hasRestarts: Bool = false) {
    random = RandomSource(seed: seed)
    (self.hasSteps, self.hasRestarts) = (hasSteps, hasRestarts)
  }

  private var receipt: Int64 { moment - behind }

  mutating func run() {
    commit()
    for _ in 0..<700 { act() }
    commit()
  }

  private mutating func act() {
    if random.happens(onceIn: 60) {
      moment += Int64.random(in: 20...130, using: &random)
    } else if random.happens(onceIn: 3) {
      moment += Int64.random(in: 1...6, using: &random)
    }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<80: read()
    case 80..<90: tick()
    case 90..<92: hearing()
    case 92..<95: engine.replace(RuleSet(rules: ModelWorld.rules), at: at(receipt))
    case 95..<97: if hasSteps { stepBack() }
    case 97..<98: if hasRestarts, !isDeaf { restart() }
    default: commit()
    }
  }

  private mutating func give(_ input: ModelInput) {
    events.append(ModelEvent(moment: moment, input: input))
    ModelStore.give(input, to: &engine)
  }

  private mutating func tick() { give(.tick(receipt: receipt)) }

  /// The axis of deadlines goes on from where it is.
  private mutating func stepBack() {
    tick()
    behind += Int64.random(in: 100...900, using: &random)
    tick()
  }

  private mutating func hearing() {
    tick()
    give(isDeaf ? .listens(receipt: receipt) : .deaf)
    isDeaf.toggle()
    commit()
  }

  private mutating func read() {
    let series = ModelWorld.series.randomElement(using: &random)!
    sequence += 1
    var reading = ModelInput.Reading(
      series: series.number, time: receipt - Int64.random(in: 0...5, using: &random), value: value(of: series),
      sequence: sequence, isLive: !random.happens(onceIn: 25), receipt: receipt)
    if random.happens(onceIn: 12) { reading.time -= Int64.random(in: 0...120, using: &random) }
    if random.happens(onceIn: 40) { reading.time = receipt + 5 }
    if random.happens(onceIn: 15) { reading.value = nil }
    give(.reading(reading))
    store.note(reading)
  }

  private mutating func value(of series: ModelWorld.Series) -> Double {
    switch series.kind {
    case .state: return Double(Int.random(in: 1...3, using: &random))
    case .counter:
      let grown = levels[series.number, default: 0] + Double(Int.random(in: 0...15, using: &random))
      levels[series.number] = random.happens(onceIn: 30) ? 1 : grown
      return levels[series.number]!
    default:
      // It stays about where it is, so that things last.
      let former = levels[series.number, default: 7]
      let step = random.happens(onceIn: 5) ? 9 : 1
      levels[series.number] = min(max(former + Double(Int.random(in: -step...step, using: &random)), 0), 17)
      return levels[series.number]!
    }
  }

  private mutating func commit() {
    let sometimes = random.happens(onceIn: 2)
    store.commit(&engine, events: events.count)
    if sometimes { store.checkpoint(&engine, sequence: sequence) }
  }

  /// Ends the engine, begins another one with what the store has, and tells it what the journal has.
  private mutating func restart() {
    // Ticks behind the last reading and the last commit leave no trace.
    while events.count > store.committedEvents, case .tick = events[events.count - 1].input { events.removeLast() }
    engine = store.engine(events)
    let ended = max(store.committedMoment, events.last?.moment ?? 0)
    events.append(ModelEvent(moment: ended, input: .deaf))
    engine.deaf()
    give(.listens(receipt: receipt))
    isDeaf = false
    commit()
  }

  /// Where machines did something else than the reference says.
  var differences: [String] {
    ModelWorld.keys.compactMap { key in
      let made = store.transitions.filter { $0.key == key }.map(ModelLine.init)
      let expected = Reference.lines(of: key, events, listens: Self.begin)
      guard made != expected else { return nil }
      let place = zip(made, expected).prefix { $0 == $1 }.count
      let (got, wanted) = (made.dropFirst(place).first, expected.dropFirst(place).first)
      return "\(key): \(place): \(got.map { "\($0)" } ?? "nothing"), not \(wanted.map { "\($0)" } ?? "nothing")"
    } + store.doubles
  }
}

extension ModelLine {
  init(_ transition: AlertTransition) {
    self.init(
      kind: transition.kind, cause: transition.cause, firedBy: transition.firedBy, at: transition.at.seconds,
      value: transition.value)
  }
}
