import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Sparkplug

/// The state machine against a slow and obvious one.
@Suite struct ModelTests {
  @Test("Whatever nodes send, values, deaths and wishes for births are what the model says")
  func streams() {
    let seed = testSeed()
    for stream in UInt64(0)..<150 {
      var source = RandomStream(seed: seed &+ stream, isPlain: true)
      var host = HostApplication()
      var models: [String: NodeModel] = [:]
      for _ in 0..<200 {
        let message = source.next()
        let levels = message.topic.split(separator: "/").map(String.init)
        let (type, node) = (levels[2], levels[3])
        let expected = models[node, default: NodeModel()].take(
          String(type.dropFirst()), levels.count > 4 ? levels[4] : "", message.payload, isEmpty: message.bytes.isEmpty)
        let heard = host.hear(message)
        #expect(Model.words(heard) == expected, "stream \(stream)")
        #expect(host.status.nodesAlive == models.values.count { $0.isAlive })
        var later = host
        let asked = later.rebirthRequests(at: .after(1e9)).map { "\($0.node.node) \($0.cause)" }
        #expect(Set(asked) == Set(models.compactMap { name, model in model.wish.map { "\(name) \($0)" } }))
      }
    }
  }

  /// What a message comes to, in a line.
  private enum Model {
    static func words(_ heard: Heard) -> String {
      switch heard.outcome {
      case .values: "values \(heard.records)"
      case .birth: "birth \(heard.records)"
      case .death(let devices, let time):
        "death \(devices.map { $0 ?? "" }) \(time.map { "\($0.microseconds / 1000)" } ?? "")"
      case .nothing: "nothing"
      case .refused(let refusal): "refused \(refusal.reason)"
      }
    }
  }
}

/// One node, with everything in dictionaries of texts. The node itself is the device without a name.
private struct NodeModel {
  private struct Definition {
    let name: String
    let alias: UInt64?
    let type: SparkplugType
  }

  private(set) var isAlive = false
  private var bdSeq: UInt64?
  private var births: [String: [Definition]] = [:]
  private var living: Set<String> = []
  private var last: Int?
  private var missing: Set<Int> = []
  private(set) var wish: RebirthCause?

  mutating func take(_ type: String, _ device: String, _ payload: WirePayload?, isEmpty: Bool) -> String {
    if type == "CMD" { return "nothing" }
    guard let payload = isEmpty ? (type == "DEATH" ? WirePayload() : nil) : payload else {
      if type == "BIRTH" { dropAliases(of: device) }
      return isEmpty ? "refused empty" : "refused malformed"
    }
    switch (type, device) {
    case ("BIRTH", ""): return takeBirth(payload)
    case ("BIRTH", _): return takeBirth(payload, of: device)
    case ("DEATH", ""): return takeDeath(payload)
    case ("DEATH", _): return takeDeath(payload, of: device)
    default: return takeData(payload, of: device)
    }
  }

  private mutating func dropAliases(of device: String) {
    for (name, birth) in births where device.isEmpty || name == device {
      births[name] = birth.map { Definition(name: $0.name, alias: nil, type: $0.type) }
    }
  }

  // MARK: Births and deaths

  private mutating func takeBirth(_ payload: WirePayload) -> String {
    self = NodeModel()
    isAlive = true
    bdSeq = session(payload)
    last = number(payload)
    return define(payload, "")
  }

  private mutating func takeBirth(_ payload: WirePayload, of device: String) -> String {
    count(payload)
    if !isAlive { want(.noBirth) }
    return define(payload, device)
  }

  private mutating func define(_ payload: WirePayload, _ device: String) -> String {
    living.insert(device)
    births[device] = payload.metrics.map {
      Definition(
        name: $0.name, alias: $0.hasAlias ? $0.alias : nil, type: SparkplugType(rawValue: $0.datatype) ?? .unknown)
    }
    return "birth " + lines(payload, payload.metrics.map { "\($0.name)=\(value($0, $0.datatype))" })
  }

  private mutating func takeDeath(_ payload: WirePayload) -> String {
    if let theirs = session(payload), let ours = bdSeq, theirs != ours { return "nothing" }
    guard isAlive || !living.isEmpty else { return "nothing" }
    defer {
      isAlive = false
      living = []
      (last, missing, wish) = (nil, [], nil)
    }
    return "death \(living.sorted()) "
  }

  private mutating func takeDeath(_ payload: WirePayload, of device: String) -> String {
    count(payload)
    guard living.remove(device) != nil else { return "nothing" }
    return "death \([device]) \(payload.hasTimestamp ? "\(payload.timestamp)" : "")"
  }

  private func session(_ payload: WirePayload) -> UInt64? {
    payload.metrics.first { $0.name == "bdSeq" }?.longValue
  }

  // MARK: Data

  private mutating func takeData(_ payload: WirePayload, of device: String) -> String {
    count(payload)
    let isBorn = isAlive && living.contains(device)
    if !isBorn { want(.noBirth) }
    let isBirthMissed = missing.contains(0) && (missing.contains(1) || missing.contains(255))
    var values: [String] = []
    for metric in payload.metrics {
      if metric.hasName {
        let birth = births[device]?.first { $0.name == metric.name }
        let type = metric.hasDatatype ? metric.datatype : birth?.type.rawValue
        values.append("\(metric.name)=\(value(metric, type ?? 0))")
      } else if isBorn, !isBirthMissed, let birth = births[device]?.last(where: { $0.alias == metric.alias }) {
        values.append("\(birth.name)=\(value(metric, birth.type.rawValue))")
      }
    }
    let isComplete = values.count == payload.metrics.count
    if isBorn, !isBirthMissed, !isComplete { want(.alias) }
    return values.isEmpty && !isComplete ? "refused birth" : "values " + lines(payload, values)
  }

  private func lines(_ payload: WirePayload, _ values: [String]) -> String {
    if values.isEmpty { return "[]" }
    return "\([(payload.hasTimestamp ? "\(payload.timestamp): " : "") + values.joined(separator: " ")])"
  }

  private func value(_ metric: WireMetric, _ type: UInt32) -> String {
    let bits: UInt64
    switch metric.value {
    case .doubleValue(let number): return "\(number)"
    case .intValue(let number): bits = UInt64(number)
    case .longValue(let number): bits = number
    default: return "?"
    }
    let isInt = if case .intValue = metric.value { true } else { false }
    switch SparkplugType(rawValue: type) {
    case .int8: return "\(Int8(truncatingIfNeeded: bits))"
    case .int32: return "\(Int32(truncatingIfNeeded: bits))"
    case .int64: return isInt ? "\(Int32(truncatingIfNeeded: bits))" : "\(Int64(bitPattern: bits))"
    default:
      let number = bits > UInt64(Int64.max) ? "\(bits)u" : "\(bits)"
      let isNegative = isInt ? Int32(truncatingIfNeeded: bits) < 0 : Int64(bitPattern: bits) < 0
      // Without a type nobody knows which it is.
      return (SparkplugType(rawValue: type) ?? .unknown) == .unknown && isNegative ? number + "!type" : number
    }
  }

  // MARK: Numbers and wishes

  private func number(_ payload: WirePayload) -> Int? {
    payload.hasSeq && payload.seq < 256 ? Int(payload.seq) : nil
  }

  private mutating func count(_ payload: WirePayload) {
    guard let number = number(payload) else { return }
    guard let known = last else {
      last = number
      return
    }
    if number == known { return }
    if number != (known + 1) % 256, missing.remove(number) != nil {
      if missing.isEmpty, wish == .gap { wish = nil }
      return
    }
    var passed = (known + 1) % 256
    while passed != number {
      missing.insert(passed)
      passed = (passed + 1) % 256
    }
    last = number
    if !missing.isEmpty, wish == nil { wish = .gap }
  }

  private mutating func want(_ cause: RebirthCause) {
    if wish == nil || wish == .gap { wish = cause }
  }
}
