import Testing

@testable import DeviceCatalog

/// Guesses that would lead to wrong series, and are hard to see in a draft.
extension ProfileDraftTests {
  private func draft(_ topic: String, _ payloads: String...) throws -> Profile {
    try #require(try draft(topic, payloads.map { Array($0.utf8) }))
  }

  @Test("Where a payload names more devices than its topic does, its place is the device")
  func morePlacesThanTopics() throws {
    let list = try draft("plant/x/batch", #"[{"id":"p1","t":1},{"id":"p2","t":2}]"#)
    #expect(list.records.map(\.text) == ["/*"])
    #expect(list.device.parts == [.payload([try ValuePath("/id")])])
    #expect(list.topics.map(\.text) == ["plant/{site}/batch"])
    #expect(list.examples[0].readings.map(\.device) == ["p1", "p2"])
    let lifts = try draft(
      "mall/m1/elevators", #"{"elevator":"E1","floor":3}"#, #"{"elevator":"E2","floor":5}"#,
      #"{"elevator":"E1","floor":4}"#)
    #expect(lifts.device.parts == [.payload([try ValuePath("/elevator")])])
    #expect(lifts.metrics.map(\.name) == ["floor"])
    let pumps = try draft("plant/x/pumps", #"{"pumpId":7,"flow":1.5}"#, #"{"pumpId":8,"flow":2.5}"#)
    #expect(pumps.device.parts == [.payload([try ValuePath("/pumpId")])])
  }

  @Test("What tells no more devices apart, or numbers messages, leaves the device to the topic")
  func topicsAsDevices() throws {
    let one = try draft("w/b-1/data", #"{"id":"p1","t":1}"#, #"{"id":"p1","t":2}"#)
    #expect(one.topics.map(\.text) == ["w/{device}/data"])
    let gateway = try draft("w/b-1/data", #"{"deviceId":"b1","id":1,"t":1}"#, #"{"deviceId":"b1","id":2,"t":2}"#)
    #expect(gateway.topics.map(\.text) == ["w/{device}/data"])
    let batches = try draft("w/b-1/data", #"{"batch":"L1","t":1}"#, #"{"batch":"L2","t":2}"#)
    #expect(batches.topics.map(\.text) == ["w/{device}/data"])
    for id in ["\"a8098c1a-f86e-11da-%\"", "10%"] {
      let samples = (0..<9).map { number in
        let payload = "{\"id\":\(id.replacing("%", with: String(number))),\"t\":\(number % 2)}"
        return DraftSample(topic: "w/b-1/data", payload: Array(payload.utf8))
      }
      let numbered = try #require(try draft(samples))
      #expect(numbered.topics.map(\.text) == ["w/{device}/data"], "\(id)")
    }
  }

  @Test("Texts that look like ids are no states, but where the name says that a state stands there")
  func idsAreNoStates() throws {
    let cart = try draft(
      "w/b-1/data", #"{"cart":"C7","mode":"T1","t":1}"#, #"{"cart":"C7","mode":"T2","t":2}"#,
      #"{"cart":"C7","mode":"T1","t":3}"#)
    #expect(cart.topics.map(\.text) == ["w/{device}/data"])
    #expect(cart.metrics.map(\.name) == ["mode", "t"])
  }

  @Test("Of a value alone the level that names the metric stays, and another is the device")
  func metricLevels() throws {
    let kitchen = try draft("home/kitchen/temperature", "21.5")
    #expect(kitchen.topics.map(\.text) == ["home/{device}/temperature"])
    #expect(kitchen.examples[0].readings.map(\.device) == ["kitchen"])
    #expect(kitchen.metrics.map(\.name) == ["temperature"])
    for (topic, template) in [
      ("home/temperature/kitchen", "home/temperature/{device}"), ("home/kitchen/co2", "home/{device}/co2"),
      ("plant/temperature", "{device}/temperature"), ("temperature", "temperature"),
    ] {
      #expect(try draft(topic, "21.5").topics.map(\.text) == [template])
    }
    let samples = ["kitchen/temperature", "kitchen/humidity", "bath/temperature"].map { level in
      DraftSample(topic: "home/\(level)", payload: Array("21.5".utf8))
    }
    #expect(SampleGroups(samples).groups.map(\.count) == [2, 1])
    let rooms = try #require(try draft(samples))
    #expect(rooms.topics.map(\.text) == ["home/{device}/temperature"])
    #expect(rooms.examples.flatMap(\.readings).map(\.device) == ["kitchen", "bath"])
  }

  @Test("What stands in an object is measured in its unit only where it says nothing itself")
  func unitsOfObjects() throws {
    let meter = try draft(
      "a/dev-1",
      #"{"power":{"amp":3.5,"A":4.5,"pf":0.9,"W":150,"now":74},"voltage":{"l1":230.5},"ampere":2.5,"cosphi":0.8}"#
    )
    let expected: [(String, String)] = [
      ("amp", "A"), ("a", "{#}"), ("pf", "1"), ("power", "W"), ("power_now", "kW"), ("l1_voltage", "V"),
      ("ampere", "A"), ("cosphi", "1"),
    ]
    for (name, unit) in expected { #expect(try metric(meter, name).unit?.code == unit, "\(name)") }
    let ratios: ClosedRange<Double>? = -1...1
    #expect(try metric(meter, "pf").range == ratios)
  }

  @Test("rh is humidity")
  func relativeHumidity() throws {
    let air = try draft("a/dev-1", #"{"rh":40,"indoor_rh":41}"#)
    #expect(air.metrics.map(\.name) == ["humidity", "indoor_humidity"])
    #expect(air.metrics.compactMap { $0.unit?.code } == ["%", "%"])
    let table = try draft("loggers/dam-3/up", "time,rh\n2025-11-21T04:40:00Z,40\n2025-11-21T04:45:00Z,41\n")
    #expect(table.metrics.map(\.name) == ["humidity"])
  }

  @Test("Coordinates have the range of coordinates, other angles none")
  func coordinates() throws {
    let place = try draft("a/dev-1", #"{"lat":31.2,"lon":121.4,"heading":30,"at2":{"latitude":-33.9}}"#)
    let latitudes: ClosedRange<Double>? = -90...90
    let longitudes: ClosedRange<Double>? = -180...180
    #expect(try metric(place, "lat").range == latitudes)
    #expect(try metric(place, "lon").range == longitudes)
    #expect(try metric(place, "latitude").range == latitudes)
    #expect(try metric(place, "heading").range == nil)
  }

  @Test("Bytes are written with two digits each")
  func hexDigits() {
    #expect([UInt8]([0, 15, 171]).hex() == "000fab")
    #expect([UInt8]([0, 15, 171])[1...].hex(separator: " ") == "0f ab")
  }
}
