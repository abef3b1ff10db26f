import Telemetry

/// A value as a machine writes it, and what a gateway makes of it.
struct MachineValue {
  let text: String
  let known: KnownReading.Value

  private init(_ text: String, _ known: KnownReading.Value) {
    self.text = text
    self.known = known
  }

  /// A number: raw × scale, then × factor of the unit, in the steps of the documentation.
  init(_ number: Decimal, scale: Double = 1, factor: Double = 1) {
    self.init(number.text, .number(number.value * scale * factor))
  }

  init(_ number: Int, scale: Double = 1, factor: Double = 1) {
    self.init(String(number), .number(Double(number) * scale * factor))
  }

  /// A text, in quotes, for a state that has another name at the gateway.
  static func state(_ raw: String, _ name: String) -> MachineValue { MachineValue("\"\(raw)\"", .state(name)) }

  /// A number for a state.
  static func state(_ raw: Int, _ name: String) -> MachineValue { MachineValue(String(raw), .state(name)) }

  static func truth(_ isTrue: Bool, _ names: (true: String, false: String)) -> MachineValue {
    MachineValue(isTrue ? "true" : "false", .state(isTrue ? names.true : names.false))
  }

  /// What is written where the sensor is broken.
  static func broken(_ text: String) -> MachineValue { MachineValue(text, .bad) }

  /// The same number as a text, with what stands behind it.
  func quoted(_ unit: String = "") -> MachineValue { MachineValue("\"\(text)\(unit)\"", known) }

  /// Now and then what the sensor writes in its place when it is broken.
  func orBroken(_ texts: String..., using random: inout RandomSource) -> MachineValue {
    guard random.happens(onceIn: Self.messagesPerFault), let text = texts.randomElement(using: &random) else {
      return self
    }
    return .broken(text)
  }

  /// Of each sensor.
  private static let messagesPerFault = 300
}

/// The readings of a device at a moment, collected while its message is written.
struct MachineReport {
  let device: String
  let time: Timestamp
  private(set) var readings: [KnownReading] = []

  init(_ device: String, at time: Timestamp) {
    self.device = device
    self.time = time
  }

  /// Takes a reading in.
  ///
  /// - Returns: its text.
  mutating func say(_ metric: String, _ value: MachineValue) -> String {
    readings.append(KnownReading(device: device, metric: metric, time: time, value: value.known))
    return value.text
  }
}
