/// What is pushed: 105 bytes of JSON of one of many devices, with five values; event time goes on by five minutes.
struct BenchLoad {
  static let seriesOfDevice = 5
  static let payloadBytes = 105.0
  /// Where the digits of the time stand in a payload.
  static let timeOffset = 6

  static let profile = """
    profile: bench
    topics: ["bench/{device}/telemetry"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    interval: 1s
    metrics:
      - { name: temperature, at: /temperature, kind: gauge, unit: Cel }
      - { name: humidity, at: /humidity, kind: gauge, unit: "%" }
      - { name: pressure, at: /pressure, kind: gauge, unit: kPa }
      - { name: voltage, at: /voltage, kind: gauge, unit: V }
      - { name: load, at: /load, kind: gauge, unit: "%" }
    """

  let messages: Int
  let devices: Int
  private let span = BenchSpan()

  func message(_ index: Int) -> (topic: String, payload: [UInt8]) {
    let time = span.milliseconds(index, of: messages)
    let payload = """
      {"ts":\(time),"temperature":\(20 + index % 10).25,"humidity":\(40 + index % 50).57,"pressure":101.325,\
      "voltage":3.\(100 + index % 900),"load":\(10 + index % 80).5}
      """
    return ("bench/device-\(index % devices)/telemetry", Array(payload.utf8))
  }
}
