import Telemetry

/// A sorting pavilion that speaks the profile `sorting-pavilion`.
///
/// A facility that breaks is out of order until the end of the day, and mended in the night.
struct SortingPavilion: SimulatedDevice {
  private static let depositsPerDay = 150.0
  private static let longestHours = 0.5
  /// Key in the message, and metric.
  private static let facilities = [
    ("lights", "lights"), ("voice", "voice_prompt"), ("water", "hand_wash_water"), ("drain", "drain"),
    ("mosquito", "mosquito_lamp"), ("camera", "camera"), ("canopy", "canopy"), ("containers", "containers"),
  ]
  private static let brokenOnceInDays = 120
  /// Key in the message, metric, and how much of a container one deposit fills, in hundredths of a per cent.
  private static let containers = [
    ("recyclable", "recyclable_fill_level", 45), ("kitchen", "kitchen_fill_level", 60),
    ("hazardous", "hazardous_fill_level", 1), ("other", "other_fill_level", 35),
  ]
  private static let lostEcho = 255

  let interval = Duration.seconds(300)

  private let device: String
  private let topic: String
  private let community: String
  private let noise: MeterNoise
  /// By container, in hundredths of a per cent.
  private var levels: [Int]
  private var deposits: Int
  private var handWashes: Int
  private var watch = Stopwatch()

  /// - Parameter number: from 1.
  init(number: Int, community: Community) {
    device = "pavilion-" + String(String(10_000 + number).dropFirst())
    topic = "city/\(community.district.rawValue)/pavilion/\(device)/up"
    self.community = community.name
    noise = MeterNoise(device)
    levels = (0..<Self.containers.count).map { number * (31 + $0 * 17) % 60 * 100 }
    deposits = number * 37 % 40_000
    handWashes = deposits / 3
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    fill(at: time, using: &random)
    let silent = random.happens(onceIn: 400) ? Int.random(in: Self.facilities.indices, using: &random) : nil
    let works = Self.facilities.indices.map { $0 == silent ? nil : isWorking($0, at: time) }
    let echoes = levels.map { random.happens(onceIn: 500) ? Self.lostEcho : min(100, $0 / 100) }
    return message(works: works, echoes: echoes, at: time)
  }

  // MARK: What happens

  private mutating func fill(at time: Timestamp, using random: inout RandomSource) {
    let hours = watch.hours(until: time, atMost: Self.longestHours)
    let count = WasteHours.deposits(perDay: Self.depositsPerDay, hours: hours, at: time, using: &random)
    deposits += count
    handWashes += (0..<count).count { _ in random.happens(onceIn: 3) }
    let isCollected = WasteHours.isCollection(at: time) && random.happens(onceIn: 10)
    for index in levels.indices {
      levels[index] += count * Self.containers[index].2
      // Hazardous waste waits until there is much of it.
      let isFetched = isCollected && levels[index] > (Self.containers[index].0 == "hazardous" ? 8000 : 1500)
      if isFetched || levels[index] > 10_500 { levels[index] = 0 }
    }
  }

  private func isWorking(_ facility: Int, at time: Timestamp) -> Bool {
    var chance = noise.chance(at: Timestamp(seconds: time.cityDay * 86400 + Int64(facility)))
    return !chance.happens(onceIn: Self.brokenOnceInDays)
  }

  // MARK: What it says

  /// - Parameters:
  ///   - works: by facility; nil where its sensor is silent.
  ///   - echoes: by container, in per cent or `lostEcho`.
  private func message(works: [Bool?], echoes: [Int], at time: Timestamp) -> SimulatedMessage {
    let share = Decimal(works.count { $0 == true } * 1000 / works.count, decimals: 3)
    let all: Bool? = works.contains(false) ? false : works.contains(nil) ? nil : true
    let facilities = zip(Self.facilities, works).map { "\"\($0.0)\":\(Self.text($1))" }
    let fill = zip(Self.containers, echoes).map { "\"\($0.0)\":\($1)" }
    let payload = """
      {"ts":\(time.milliseconds),"community":"\(community)","all":\(Self.text(all)),"share":\(share.text),\
      "facilities":{\(facilities.joined(separator: ","))},"fill":{\(fill.joined(separator: ","))},\
      "uses":{"doors":\(deposits),"voice":\(deposits),"water":\(handWashes)}}
      """
    var readings = DeviceReadings(device, at: time)
    add("facilities", all, to: &readings)
    readings.add("facilities_working_share", share.value * 100)
    readings.add("facilities_faulty", Double(works.count { $0 == false }))
    for (facility, works) in zip(Self.facilities, works) { add(facility.1, works, to: &readings) }
    for (container, echo) in zip(Self.containers, echoes) {
      readings.add(container.1, echo == Self.lostEcho ? nil : Double(echo))
    }
    readings.add("deposits", Double(deposits))
    readings.add("voice_prompts", Double(deposits))
    readings.add("hand_washes", Double(handWashes))
    return SimulatedMessage(topic: topic, payload: payload, readings: readings.all)
  }

  private static func text(_ works: Bool?) -> String { works.map { $0 ? "1" : "0" } ?? "null" }

  private func add(_ metric: String, _ works: Bool?, to readings: inout DeviceReadings) {
    guard let works else { return readings.addBad(metric) }
    readings.add(metric, state: works ? "working" : "faulty")
  }
}
