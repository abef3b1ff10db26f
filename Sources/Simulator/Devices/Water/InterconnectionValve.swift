import Telemetry

/// A valve between two plants that speaks the profile `interconnection-valve`: registers as bytes.
struct InterconnectionValve: SimulatedDevice {
  private static let mark: UInt8 = 0xB7
  private static let positions = ["closed", "open", "opening", "closing", "partly_open", "fault"]
  private static let noValue = 0xFFFF
  /// What is lost on the way from the plant, and in a full valve.
  private static let pipeLossKilopascals = 6.0
  private static let valveLossKilopascals = 30.0

  let interval = Duration.seconds(10)

  private let device: String
  private let topic: String
  private let link: PlantLink
  private let noise: MeterNoise

  init(_ link: PlantLink, district: District) {
    let ends = "\(link.source + 1)-\(link.sink + 1)"
    device = "valve-\(ends)"
    topic = "city/\(district.rawValue)/valve/link-\(ends)/\(device)/up"
    self.link = link
    noise = MeterNoise(device)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeSecond
    var chance = noise.chance(at: time)
    let opening = link.opening.value(at: time)
    let permille = Int((opening * 10).rounded())
    let flow = Int((link.flow.value(at: time) * 10).rounded())
    let position = position(at: time)
    let pressures = pressures(share: opening / 100, at: time, &chance)
    let upstream = chance.happens(onceIn: 250) ? Self.noValue : pressures.upstream
    // The drive's end switch sticks now and then, and the opening is told beyond the end.
    let told = chance.happens(onceIn: 400) ? 1200 : permille
    var readings = DeviceReadings(device, at: time)
    readings.add("valve_opening", told > 1000 ? nil : Double(told) * 0.1)
    readings.add("valve", state: Self.positions[position])
    readings.add("flow", Double(flow) * 0.1)
    readings.add("upstream_pressure", upstream == Self.noValue ? nil : Double(upstream))
    readings.add("downstream_pressure", Double(pressures.downstream))
    var fields = BinaryFields()
    fields.append(Int(Self.mark), bytes: 1)
    fields.append(Int(time.seconds), bytes: 4)
    fields.append(told, bytes: 2)
    fields.append(position, bytes: 1)
    fields.append(flow, bytes: 4)
    fields.append(upstream, bytes: 2)
    fields.append(pressures.downstream, bytes: 2)
    return SimulatedMessage(topic: topic, payload: closed(fields.bytes), readings: readings.all)
  }

  /// With its CRC, the lower byte first.
  private func closed(_ bytes: [UInt8]) -> [UInt8] {
    let crc = ModbusChecksum.of(bytes)
    return bytes + [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
  }

  private func position(at time: Timestamp) -> Int {
    let opening = link.opening.value(at: time)
    let change = link.opening.value(at: time + .seconds(1)) - opening
    if change != 0 { return change > 0 ? 2 : 3 }
    return opening == 0 ? 0 : opening == 100 ? 1 : 4
  }

  /// In kPa. A closed valve has the pressure of the other plant behind it.
  private func pressures(
    share: Double, at time: Timestamp, _ chance: inout RandomSource
  ) -> (upstream: Int, downstream: Int) {
    let upstream =
      WaterBalance.outletPressureKilopascals(of: link.source, at: time) - Self.pipeLossKilopascals + chance.noise(1)
    let behind = WaterBalance.outletPressureKilopascals(of: link.sink, at: time) - Self.pipeLossKilopascals
    let downstream = share == 0 ? behind + chance.noise(1) : upstream - Self.valveLossKilopascals * share * share
    return (Int(upstream.rounded()), Int(downstream.rounded()))
  }
}
