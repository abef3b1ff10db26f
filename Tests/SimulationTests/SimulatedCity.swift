import Simulator
import Telemetry

/// A few devices whose messages carry a number each, so that every one of them can be followed.
struct SimulatedCity {
  static let profile = """
    profile: simulated
    topics: ["city/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    interval: 10s
    tags: { site: "{site}" }
    metrics:
      - { name: level, at: /g, kind: gauge, unit: Cel, range: [-100, 100000], quantiles: true }
      - { name: total, at: /c, kind: counter, unit: m3 }
      - { name: amount, at: /e, kind: event, unit: kg }
      - { name: mode, at: /s, kind: state, states: [\(modes.joined(separator: ", "))] }
    """
  /// Every message of it is the same, and counts: only its delivery tells it from another.
  static let pulseProfile = """
    profile: pulse
    topics: ["pulse/{device}"]
    payload: json
    device: "{device}"
    metrics:
      - { name: pulses, at: /p, kind: event, unit: "{#}" }
    """
  private static let modes = (0..<500).map { "MODE_\($0)" }

  struct Message {
    let number: Int
    let sent: SimulatedMessage
    let isQoS1: Bool

    var isPulse: Bool { sent.topic.hasPrefix("pulse/") }
  }

  /// Messages may be bad, or undecodable.
  let sendsBadMessages: Bool
  private var random: RandomSource
  private(set) var count = 0
  private var lastTimes = [Int64](repeating: 0, count: 3)
  private var totals = [Int](repeating: 0, count: 3)

  init(seed: UInt64, sendsBadMessages: Bool) {
    random = RandomSource(seed: seed)
    self.sendsBadMessages = sendsBadMessages
  }

  /// The next message of some device.
  mutating func message(at now: Timestamp) -> Message {
    count += 1
    let device = Int.random(in: 0..<3, using: &random)
    let isQoS1 = !random.happens(onceIn: 12)
    if random.happens(onceIn: 4) {
      return Message(
        number: count, sent: SimulatedMessage(topic: "pulse/gate", payload: #"{"p":1}"#, readings: []), isQoS1: isQoS1)
    }
    let time = eventTime(of: device, now: now.microseconds / 1000)
    let name = "d\(device)"
    let topic = "city/\(device == 0 ? "north" : "south")/\(name)"
    if sendsBadMessages, random.happens(onceIn: 25) {
      return Message(
        number: count, sent: SimulatedMessage(topic: topic, payload: #"{"n":\#(count),"ts":"#, readings: []),
        isQoS1: isQoS1)
    }
    // The number makes each value one of its own, so that no two readings of one time are the same by chance.
    let isBad = sendsBadMessages && random.happens(onceIn: 10)
    let level = Double(count) / 4
    totals[device] += Int.random(in: 0...9, using: &random)
    if random.happens(onceIn: 30) { totals[device] = 0 }
    let total = Double(totals[device]) + Double(count) / 1024
    let amount = Double(count) / 8
    let mode = Self.modes[count % Self.modes.count]
    let moment = Timestamp(microseconds: time * 1000)
    func reading(_ metric: String, _ value: KnownReading.Value) -> KnownReading {
      KnownReading(device: name, metric: metric, time: moment, value: value)
    }
    return Message(
      number: count,
      sent: SimulatedMessage(
        topic: topic,
        payload: """
          {"n":\(count),"ts":\(time),"g":\(isBad ? "null" : "\(level)"),"c":\(total),"e":\(amount),"s":"\(mode)"}
          """,
        readings: [
          reading("level", isBad ? .bad : .number(level)), reading("total", .number(total)),
          reading("amount", .number(amount)), reading("mode", .state(mode)),
        ]), isQoS1: isQoS1)
  }

  /// Milliseconds since 1970: now, now and then the same as before, late, or very late.
  private mutating func eventTime(of device: Int, now: Int64) -> Int64 {
    let time: Int64
    switch Int.random(in: 0..<20, using: &random) {
    case 0...1 where lastTimes[device] > now - 60_000: return lastTimes[device]
    case 2, 3: time = now - Int64.random(in: 0...300_000, using: &random)
    case 4: time = now - Int64.random(in: 0...20_000_000, using: &random)
    default: time = now
    }
    lastTimes[device] = max(time, lastTimes[device])
    return time
  }
}
