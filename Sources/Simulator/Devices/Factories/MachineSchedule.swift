import Telemetry

/// What a machine does at a moment: by its shifts, with stops and changeovers of its own.
///
/// Invariants
/// - It is a function of the machine's name and of the moment alone, so that a machine, its energy meter and its line's
///   terminal agree, in whatever order they are asked.
struct MachineSchedule: Sendable {
  enum Condition: Sendable {
    case running
    /// A stop that was not planned: a broken yarn, a jam.
    case stopped
    /// Another beam, mould or order.
    case changeover
    /// Ready, while its people are at a meal or hand over.
    case paused
    case off
  }

  /// How often a kind of machine stops and is set up.
  struct Pace: Sendable {
    /// Of the quarters of an hour: those with a stop, in per cent.
    let stopPercent: UInt64
    let stopSeconds: ClosedRange<UInt64>
    /// One changeover in each span of so many seconds, or none of 0.
    let changeoverEverySeconds: Int64
    let changeoverSeconds: ClosedRange<UInt64>
    /// Goes on while its people are away.
    var isUnattended = false
  }

  private static let stopSlotSeconds: Int64 = 900

  let plan: ShiftPlan
  private let pace: Pace
  private let seed: UInt64

  init(of machine: String, plan: ShiftPlan, pace: Pace) {
    self.plan = plan
    self.pace = pace
    // FNV-1a: the same in every run, unlike Swift's own hashes.
    seed = machine.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  func condition(at time: Timestamp) -> Condition {
    switch plan.phase(at: time) {
    case .rest: return .off
    case .meal where !pace.isUnattended, .handover where !pace.isUnattended: return .paused
    default: break
    }
    if isChangingOver(at: time) { return .changeover }
    return isStopped(at: time) ? .stopped : .running
  }

  /// How many changeovers have begun since 1970; the last of them may go on.
  func changeoversBegun(at time: Timestamp) -> Int64 {
    guard pace.changeoverEverySeconds > 0 else { return 0 }
    let slot = time.seconds / pace.changeoverEverySeconds
    let begin = changeover(in: slot).lowerBound
    return slot + (time.seconds - slot * pace.changeoverEverySeconds >= begin ? 1 : 0)
  }

  private func isChangingOver(at time: Timestamp) -> Bool {
    guard pace.changeoverEverySeconds > 0 else { return false }
    let slot = time.seconds / pace.changeoverEverySeconds
    return changeover(in: slot).contains(time.seconds - slot * pace.changeoverEverySeconds)
  }

  private func changeover(in slot: Int64) -> Range<Int64> {
    span(pace.changeoverSeconds, draw(slot, salt: 1), slotSeconds: pace.changeoverEverySeconds)
  }

  private func isStopped(at time: Timestamp) -> Bool {
    let slot = time.seconds / Self.stopSlotSeconds
    guard draw(slot, salt: 2) % 100 < pace.stopPercent else { return false }
    let stop = span(pace.stopSeconds, draw(slot, salt: 3), slotSeconds: Self.stopSlotSeconds)
    return stop.contains(time.seconds - slot * Self.stopSlotSeconds)
  }

  /// Somewhere in each slot lies a span, whose length and begin a number gives; in seconds from the slot's begin.
  private func span(_ lengths: ClosedRange<UInt64>, _ number: UInt64, slotSeconds: Int64) -> Range<Int64> {
    let length = Int64(lengths.lowerBound + number % (lengths.upperBound - lengths.lowerBound + 1))
    let begin = Int64((number >> 32) % UInt64(max(1, slotSeconds - length)))
    return begin..<begin + length
  }

  private func draw(_ slot: Int64, salt: UInt64) -> UInt64 {
    var source = RandomSource(seed: seed ^ UInt64(bitPattern: slot) &* 0x9E37_79B9_7F4A_7C15 ^ salt << 56)
    return source.next()
  }
}
