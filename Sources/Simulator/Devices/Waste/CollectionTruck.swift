import Glibc
import Telemetry

/// A collection truck that speaks the profile `collection-truck`: after the peaks it goes round its district and lifts
/// bins, and unloads when it is full; else it stands in its depot.
struct CollectionTruck: SimulatedDevice {
  private static let tareKilograms = 6500
  private static let fullKilograms = 4500
  private static let liftHectograms = 80...650
  /// From one bin to the next.
  private static let liftSeconds = 90.0
  private static let roundDegrees = 0.02
  /// Rounds in an hour.
  private static let roundsPerHour = 1.5
  private static let kilometresPerHour = 18.0
  private static let longestHours = 0.1

  private enum Activity: String {
    case driving, lifting, unloading, parked
  }

  let interval = Duration.seconds(30)

  private let device: String
  private let topic: String
  private let depot: String
  private let route: String
  private let centre: (longitude: Double, latitude: Double)
  /// Where on its round it begins, in radians.
  private let beginning: Double
  private var loadHectograms = 0
  private var lifts: Int
  private var hectometres: Double
  private var secondsSinceLift = 0.0
  private var watch = Stopwatch()

  /// - Parameters:
  ///   - number: from 1, over the city.
  ///   - route: from 1, in its district.
  init(number: Int, route: Int, district: District) {
    device = "truck-" + String(String(100 + number).dropFirst())
    topic = "city/\(district.rawValue)/truck/\(device)/up"
    depot = "\(district.rawValue)-depot"
    self.route = "\(district.rawValue)-\(route)"
    centre = district.centreDegrees
    beginning = Double(number)
    lifts = number * 4021 % 90_000
    hectometres = Double(number * 9973 % 900_000)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let hours = watch.hours(until: time, atMost: Self.longestHours)
    let (activity, lifted) = work(for: hours, at: time, using: &random)
    let speed = activity == .driving ? Self.kilometresPerHour + random.noise(6) : 0
    if activity == .driving { hectometres += Self.kilometresPerHour * hours * 10 }
    let place = place(at: time, isOut: activity != .parked)
    let isUnderTare = lifted != nil && random.happens(onceIn: 150)
    let state = State(
      activity: activity,
      lifted: lifted.map { Decimal(isUnderTare ? -$0 : $0, decimals: 1) }, isUnderTare: isUnderTare,
      gross: Decimal(Self.tareKilograms + loadHectograms / 10, decimals: 3),
      speed: Decimal(nearest: speed, decimals: 1),
      odometer: Decimal(Int(hectometres), decimals: 1), place: random.happens(onceIn: 200) ? nil : place)
    return message(of: state, at: time)
  }

  // MARK: What happens

  /// - Returns: what it does, and hundreds of grams that it lifted.
  private mutating func work(
    for hours: Double, at time: Timestamp, using random: inout RandomSource
  ) -> (Activity, lifted: Int?) {
    guard WasteHours.isCollection(at: time) else {
      // What is left of a round is brought away before the truck stands.
      defer { loadHectograms = 0 }
      return (loadHectograms > 0 ? .unloading : .parked, nil)
    }
    guard loadHectograms < Self.fullKilograms * 10 else {
      loadHectograms = 0
      return (.unloading, nil)
    }
    secondsSinceLift += hours * 3600
    guard secondsSinceLift >= Self.liftSeconds else { return (.driving, nil) }
    secondsSinceLift = 0
    let lifted = Int.random(in: Self.liftHectograms, using: &random)
    loadHectograms += lifted
    lifts += 1
    return (.lifting, lifted)
  }

  /// In degrees: on a circle round the district's centre, or in the depot, at the circle's west.
  private func place(at time: Timestamp, isOut: Bool) -> (longitude: Decimal, latitude: Decimal) {
    let angle = isOut ? beginning + time.cityHour * Self.roundsPerHour * 2 * .pi : .pi
    return (
      Decimal(nearest: centre.longitude + Self.roundDegrees * cos(angle), decimals: 6),
      Decimal(nearest: centre.latitude + Self.roundDegrees * sin(angle), decimals: 6)
    )
  }

  // MARK: What it says

  private struct State {
    let activity: Activity
    let lifted: Decimal?
    let isUnderTare: Bool
    let gross: Decimal
    let speed: Decimal
    let odometer: Decimal
    /// Nil without a fix.
    let place: (longitude: Decimal, latitude: Decimal)?
  }

  private func message(of state: State, at time: Timestamp) -> SimulatedMessage {
    let lift = state.lifted.map { "\"lift\":{\"kg\":\($0.text)}," } ?? ""
    let longitude = state.place?.longitude.text ?? "0"
    let latitude = state.place?.latitude.text ?? "0"
    let payload = """
      {"time":"\(time.cityText)","route":"\(route)","depot":"\(depot)","activity":"\(state.activity.rawValue)",\(lift)\
      "lifts":\(lifts),"gross":\(state.gross.text),"pos":{"lon":\(longitude),"lat":\(latitude)},\
      "speed":\(state.speed.text),"odo":\(state.odometer.text)}
      """
    var readings = DeviceReadings(device, at: time)
    if let lifted = state.lifted { readings.add("weight_lifted", state.isUnderTare ? nil : lifted.value) }
    readings.add("bins_lifted", Double(lifts))
    readings.add("gross_weight", state.gross.value * 1000)
    readings.add("longitude", state.place?.longitude.value)
    readings.add("latitude", state.place?.latitude.value)
    readings.add("speed", state.speed.value * 0.2777777777777778)
    readings.add("odometer", state.odometer.value * 1000)
    readings.add("activity", state: state.activity.rawValue)
    return SimulatedMessage(topic: topic, payload: payload, readings: readings.all)
  }
}
