import Telemetry

@testable import Alerting

/// What a store and a journal have of a model run.
struct ModelStore {
  private(set) var transitions: [AlertTransition] = []
  private(set) var committedEvents = 0
  /// Up to which the engine had come.
  private(set) var committedMoment: Int64 = 0
  /// Transitions that have the id of another.
  private(set) var doubles: [String] = []
  private var states: [AlertKey: AlertState] = [:]
  private var listens: Timestamp?
  private var committedSequence: UInt64 = 0
  private var sequence: UInt64 = 0
  /// The newest reading of each series, as of now and as of the checkpoint.
  private var newest: [UInt32: ModelInput.Reading] = [:]
  private var latest: [UInt32: ModelInput.Reading] = [:]
  private var rates: [[UInt64]: RateState] = [:]
  private var checkpointedSequence: UInt64 = 0

  static func give(_ input: ModelInput, to engine: inout AlertEngine, stepping: Bool = true) {
    switch input {
    case .tick(let receipt): engine.tick(at(receipt))
    case .deaf: engine.deaf()
    case .listens(let receipt): engine.listens(at: at(receipt))
    case .reading(let reading):
      var sample = Sample(
        series: SeriesID(rawValue: reading.series), quality: reading.value == nil ? .device : .good,
        time: at(reading.time), value: reading.value ?? 0)
      withUnsafePointer(to: &sample) {
        engine.observe(
          UnsafeBufferPointer(start: $0, count: 1), receivedAt: at(reading.receipt), sequence: reading.sequence,
          isLive: reading.isLive, stepping: stepping)
      }
    }
  }

  mutating func note(_ reading: ModelInput.Reading) {
    sequence = reading.sequence
    if reading.time >= newest[reading.series]?.time ?? .min { newest[reading.series] = reading }
  }

  mutating func commit(_ engine: inout AlertEngine, events: Int) {
    let changes = engine.drain()
    for transition in changes.transitions {
      if transitions.contains(where: { $0.id == transition.id }) {
        doubles.append("the id of \(transition) is not new")
      }
      transitions.append(transition)
    }
    for state in changes.states { states[state.key] = state.machine == nil ? nil : state }
    let all = Dictionary(uniqueKeysWithValues: engine.states.map { ($0.key, $0) })
    for (key, state) in all where states[key]?.machine?.phase != state.machine?.phase {
      doubles.append("the store has not what the engine has of \(key)")
    }
    if all.count != states.count { doubles.append("the store has \(states.count) states, the engine \(all.count)") }
    (listens, committedSequence, committedEvents) = (engine.listensSince, sequence, events)
    committedMoment = engine.time?.seconds ?? 0
  }

  /// Only where all that was heard is the newest of its series: the store's latest reading stands for both.
  mutating func checkpoint(_ engine: inout AlertEngine, sequence: UInt64) {
    let isPlain = newest.values.allSatisfy { $0.isLive && $0.value != nil && $0.receipt - $0.time <= 4 }
    guard isPlain else { return }
    (latest, checkpointedSequence) = (newest, sequence)
    for rate in engine.drainRates() { rates[[UInt64(rate.series.rawValue), rate.level]] = rate }
  }

  /// A new engine, that has heard all that the journal has.
  func engine(_ events: [ModelEvent]) -> AlertEngine {
    let heard = latest.mapValues {
      LatestReading(time: at($0.time), receivedAt: at($0.receipt), quality: .good, value: $0.value ?? 0)
    }
    var engine = ModelWorld.engine(listensSince: listens, latest: heard)
    engine.restore(Array(rates.values))
    engine.restore(Array(states.values), storedAt: at(committedMoment), now: at(committedMoment))
    for event in events {
      guard case .reading(let reading) = event.input, reading.sequence > checkpointedSequence else { continue }
      Self.give(event.input, to: &engine, stepping: reading.sequence > committedSequence)
    }
    return engine
  }
}
