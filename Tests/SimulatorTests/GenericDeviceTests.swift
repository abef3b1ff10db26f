import DeviceCatalog
import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// Devices that speak in several dialects: each dialect is named by the profile that reads it.
@Suite
struct GenericDeviceTests {
  private static let noon = Timestamp(seconds: 1_763_697_600)

  private func requireReader(_ profile: String, of device: some SimulatedDevice) throws {
    var random = RandomSource(seed: testSeed())
    var device = device
    let decoder = MessageDecoder(try Catalogue(.builtIn), zone: .utc)
    let message = device.message(at: Self.noon, using: &random)
    let decoded = try decoder.decode(topic: Array(message.topic.utf8), payload: message.payload).get()
    #expect(decoded.profile.name == profile)
  }

  @Test("A room's climate is told in each dialect", arguments: RoomSensor.Dialect.allCases)
  func rooms(dialect: RoomSensor.Dialect) throws {
    try requireReader(dialect.rawValue, of: RoomSensor(number: 1, dialect: dialect))
  }

  @Test("A plug's power is told in each dialect", arguments: SmartPlug.Dialect.allCases)
  func plugs(dialect: SmartPlug.Dialect) throws {
    try requireReader(dialect.rawValue, of: SmartPlug(number: 1, dialect: dialect))
  }

  @Test("A pump is told of in each dialect", arguments: PumpController.Dialect.allCases)
  func pumps(dialect: PumpController.Dialect) throws {
    try requireReader(dialect.rawValue, of: PumpController(number: 1, dialect: dialect))
  }

  @Test("A meter in the field is told of in each dialect", arguments: FieldMeter.Dialect.allCases)
  func meters(dialect: FieldMeter.Dialect) throws {
    try requireReader(dialect.rawValue, of: FieldMeter(number: 1, dialect: dialect))
  }

  @Test("An entity is told of by each data model", arguments: ContextEntity.Model.allCases)
  func entities(model: ContextEntity.Model) throws {
    try requireReader(model.rawValue, of: ContextEntity(number: 1, model: model))
  }
}
