import Simulator
import SwiftProtobuf

@testable import Sparkplug

/// What some nodes and their devices send, as it comes through a bad network: births that change the meaning of
/// aliases, data by alias and by name, deaths of this session and of others; messages that are lost, come late, come
/// twice, or cannot be read.
struct RandomStream {
  struct Message {
    let topic: String
    /// Nil: cannot be read.
    let payload: WirePayload?
    let bytes: [UInt8]
    let second: Double
  }

  private struct Sender {
    var seq: UInt64 = 0
    var bdSeq: UInt64 = 0
  }

  private var random: RandomSource
  private var senders: [String: Sender] = [:]
  private var late: [(topic: String, payload: WirePayload)] = []
  private var second = 0.0
  /// Without templates.
  private let isPlain: Bool

  static let devices = ["", "/a", "/b"]
  private static let types: [SparkplugType] = [.int8, .int32, .uint32, .int64, .double]

  init(seed: UInt64, isPlain: Bool = false) {
    random = RandomSource(seed: seed)
    self.isPlain = isPlain
  }

  mutating func next() -> Message {
    second += Double.random(in: 0...3, using: &random)
    if !late.isEmpty, random.happens(onceIn: 3) { return message(late.removeFirst()) }
    let sent = send()
    switch Int.random(in: 0..<24, using: &random) {
    case 0: return next()
    case 1, 2:
      late.append(sent)
      return next()
    case 3:
      late.append(sent)
      return message(sent)
    case 4: return Message(topic: sent.topic, payload: nil, bytes: random.next() % 2 == 0 ? [] : [0x08], second: second)
    default: return message(sent)
    }
  }

  private func message(_ sent: (topic: String, payload: WirePayload)) -> Message {
    Message(topic: sent.topic, payload: sent.payload, bytes: sent.payload.bytes, second: second)
  }

  private mutating func send() -> (topic: String, payload: WirePayload) {
    let node = ["n", "m"].randomElement(using: &random) ?? "n"
    let device = Self.devices.randomElement(using: &random) ?? ""
    let letter = device.isEmpty ? "N" : "D"
    func topic(_ type: String) -> String { "spBv1.0/g/\(letter)\(type)/\(node)\(device)" }
    switch (Int.random(in: 0..<24, using: &random), device.isEmpty) {
    case (0...2, true): return (topic("BIRTH"), birth(of: node))
    case (0...4, false): return (topic("BIRTH"), WirePayload(seq: seq(of: node), at: time(), metrics(isBirth: true)))
    case (5...7, true): return (topic("DEATH"), WirePayload(seq: nil, at: time(), will(of: node)))
    case (5...6, false): return (topic("DEATH"), WirePayload(seq: seq(of: node), at: time(), []))
    case (8, _): return (topic("CMD"), WirePayload(seq: nil, at: nil, metrics(isBirth: false)))
    case (9, _): return (topic("DATA"), WirePayload(seq: nil, at: nil, metrics(isBirth: false)))
    default: return (topic("DATA"), WirePayload(seq: seq(of: node), at: time(), metrics(isBirth: false)))
    }
  }

  private mutating func birth(of node: String) -> WirePayload {
    let isNewSession = random.happens(onceIn: 2)
    senders[node, default: Sender()].seq = 0
    senders[node, default: Sender()].bdSeq += isNewSession ? 1 : 0
    let session = random.happens(onceIn: 6) ? [] : will(of: node, ago: 0)
    return WirePayload(seq: seq(of: node), at: time(), session + metrics(isBirth: true))
  }

  private mutating func will(of node: String) -> [WireMetric] {
    random.happens(onceIn: 5) ? [] : will(of: node, ago: random.happens(onceIn: 3) ? 1 : 0)
  }

  private func will(of node: String, ago: UInt64) -> [WireMetric] {
    [.bdSeq((senders[node]?.bdSeq ?? 0) &- ago)]
  }

  private mutating func seq(of node: String) -> UInt64 {
    defer { senders[node, default: Sender()].seq += random.happens(onceIn: 60) ? 250 : 1 }
    return senders[node, default: Sender()].seq % 256
  }

  private mutating func time() -> UInt64? {
    random.happens(onceIn: 4) ? nil : 1_763_700_000_000 + UInt64(second * 1000)
  }

  private mutating func metrics(isBirth: Bool) -> [WireMetric] {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in metric(isBirth: isBirth) }
  }

  private mutating func metric(isBirth: Bool) -> WireMetric {
    let name = "m\(Int.random(in: 0...5, using: &random))"
    let alias = UInt64.random(in: 0...6, using: &random)
    let type = Self.types.randomElement(using: &random)
    if !isPlain, random.happens(onceIn: 6) {
      var template = WireTemplate()
      template.metrics = [WireMetric(name, isBirth ? type : nil, value())]
      return WireMetric(isBirth ? name : nil, alias: alias, isBirth ? .template : nil, .templateValue(template))
    }
    if isBirth { return WireMetric(name, alias: random.happens(onceIn: 4) ? nil : alias, type, value()) }
    return random.happens(onceIn: 4)
      ? WireMetric(name, random.happens(onceIn: 2) ? type : nil, value()) : WireMetric(alias: alias, nil, value())
  }

  private mutating func value() -> WireMetric.OneOf_Value {
    switch Int.random(in: 0...2, using: &random) {
    case 0: .intValue(UInt32.random(in: 0...(.max), using: &random))
    case 1: .longValue(random.next())
    default: .doubleValue(Double(Int.random(in: 0...9, using: &random)))
    }
  }
}
