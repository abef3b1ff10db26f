import Telemetry

/// A vehicle's way through its hall: it fetches and brings along straight aisles, and charges when it has to.
struct VehicleTrip: Sendable {
  enum Activity: Sendable {
    case waiting, driving, charging, fault
  }

  private static let hallMillimetres = (x: 120_000, y: 60_000)
  private static let speeds = 300...1500
  private static let waitSeconds = 15.0...60
  private static let faultSeconds = 40.0...400
  private static let legsPerFault = 150
  /// In tenths of a per cent.
  private static let chargeRange = (low: 200, idle: 800, full: 960)

  private(set) var activity = Activity.waiting
  /// Tenths of a per cent.
  private(set) var charge: Int
  /// Millimetres.
  private(set) var x: Int
  private(set) var y: Int
  private(set) var odometerMillimetres: Int
  /// Millimetres a second; 0 where it stands.
  private(set) var speed = 0
  /// Degrees from east, in quarters of a turn.
  private(set) var headingDegrees = 0
  private(set) var isLoaded = false
  /// Since the beginning.
  private(set) var legs = 0
  private(set) var legMillimetres = 0
  private var remainingMillimetres = 0
  private var remainingSeconds = 0.0
  /// What is too little for a tenth of a per cent.
  private var chargeRest = 0.0
  private let plan: ShiftPlan
  private var watch = Stopwatch()

  init(number: Int, plan: ShiftPlan) {
    self.plan = plan
    charge = 300 + number * 137 % 650
    x = number * 7_919 % Self.hallMillimetres.x
    y = number * 3_571 % Self.hallMillimetres.y
    odometerMillimetres = number * 214_748_000
  }

  mutating func advance(to time: Timestamp, using random: inout RandomSource) {
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    changeCharge(by: seconds)
    switch activity {
    case .driving: drive(seconds, using: &random)
    case .charging: if charge >= Self.chargeRange.full { activity = .waiting }
    case .waiting, .fault: remainingSeconds -= seconds
    }
    if activity != .driving, activity != .charging, remainingSeconds <= 0 {
      beginNext(isResting: plan.phase(at: time) == .rest, using: &random)
    }
  }

  /// A charge lasts some ten hours of driving, and comes back in half an hour.
  private mutating func changeCharge(by seconds: Double) {
    switch activity {
    case .driving: chargeRest -= seconds / 36
    case .charging: chargeRest += seconds / 2.5
    case .waiting, .fault: chargeRest -= seconds / 240
    }
    let whole = Int(chargeRest)
    chargeRest -= Double(whole)
    charge = min(max(charge + whole, 0), 1000)
  }

  private mutating func beginNext(isResting: Bool, using random: inout RandomSource) {
    speed = 0
    if charge < Self.chargeRange.low || (isResting && charge < Self.chargeRange.idle) {
      activity = .charging
    } else if isResting {
      activity = .waiting
      remainingSeconds = Self.waitSeconds.upperBound
    } else if random.happens(onceIn: Self.legsPerFault) {
      activity = .fault
      remainingSeconds = Double.random(in: Self.faultSeconds, using: &random)
    } else {
      beginLeg(using: &random)
    }
  }

  /// Along one aisle to another place of it.
  private mutating func beginLeg(using random: inout RandomSource) {
    let isAlongX = Bool.random(using: &random)
    let from = isAlongX ? x : y
    let to = Int.random(in: 0...(isAlongX ? Self.hallMillimetres.x : Self.hallMillimetres.y), using: &random)
    headingDegrees = (isAlongX ? 0 : 90) + (to < from ? 180 : 0)
    legMillimetres = abs(to - from)
    remainingMillimetres = legMillimetres
    speed = Int.random(in: Self.speeds, using: &random)
    legs += 1
    activity = .driving
  }

  private mutating func drive(_ seconds: Double, using random: inout RandomSource) {
    let step = min(Int(Double(speed) * seconds), remainingMillimetres)
    remainingMillimetres -= step
    odometerMillimetres += step
    switch headingDegrees {
    case 0: x += step
    case 90: y += step
    case 180: x -= step
    default: y -= step
    }
    if remainingMillimetres == 0 { arrive(using: &random) }
  }

  private mutating func arrive(using random: inout RandomSource) {
    speed = 0
    isLoaded.toggle()
    activity = .waiting
    remainingSeconds = Double.random(in: Self.waitSeconds, using: &random)
  }
}
