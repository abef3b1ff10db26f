import Telemetry

/// The robot arms of a plant behind one Sparkplug B node, which speak the profile `robot-arm`: first the births of node
/// and arms, then data by alias, of one arm after the other.
struct RobotCell: SimulatedDevice {
  private static let secondsPerArm = 5.0

  let interval: Duration
  private let site: String
  private var node: SimulatedEdgeNode
  private var arms: [RobotArm]
  /// So many messages have been sent.
  private var count = 0

  /// - Parameter machines: one for each arm, at least one.
  init(site: String, _ machines: [FactoryMachine]) {
    self.site = site
    node = SimulatedEdgeNode(group: site, node: "robots")
    arms = machines.enumerated().map { RobotArm($0.element, number: $0.offset + 1) }
    interval = .seconds(Self.secondsPerArm / Double(machines.count))
  }

  var traits: DeviceTraits { DeviceTraits(isOrdered: true) }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    defer { count += 1 }
    guard count > 0 else {
      let birth = node.connect(at: time)
      return SimulatedMessage(topic: birth.topic, payload: birth.payload, readings: [], fate: .ignored)
    }
    let index = (count - 1) % arms.count
    let values = arms[index].values(at: time, using: &random)
    let name = arms[index].name
    let said = values.map { ($0.called, $0.value) }
    let message =
      count <= arms.count ? node.birth(of: name, said, at: time) : node.data(of: name, said, at: time)
    let readings = values.map {
      KnownReading(device: "\(site)/\(name)", metric: $0.metric, time: time, value: $0.known)
    }
    return SimulatedMessage(topic: message.topic, payload: message.payload, readings: readings)
  }
}
