import Foundation
import Telemetry
import Testing
import WireFormats

@testable import Sparkplug

/// What becomes of a metric of one value.
@Suite struct MetricValueTests {
  private func line(_ metric: WireMetric, messageAt: UInt64? = nil) -> String? {
    var host = HostApplication()
    let heard = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, at: messageAt, [metric]))
    return heard.outcome == .birth && heard.records.count == 1 ? heard.records[0] : nil
  }

  @Test(
    "A whole number has the value that its type gives its bits",
    arguments: [
      (SparkplugType.int8, WireMetric.OneOf_Value.intValue(0xFFFF_FF80), "-128"),
      (.int8, .intValue(0x80), "-128"), (.int8, .longValue(0xFF), "-1"),
      (.int16, .intValue(0x8000), "-32768"), (.int16, .intValue(0xFFFF_FFFE), "-2"),
      (.int32, .intValue(0xFFFF_FFFF), "-1"), (.int32, .longValue(0xFFFF_FFFF), "-1"),
      (.int32, .longValue(.max), "-1"), (.int32, .intValue(0x7FFF_FFFF), "2147483647"),
      (.int64, .longValue(.max), "-1"), (.int64, .longValue(1 << 63), "\(Int64.min)"),
      (.int64, .intValue(0xFFFF_FFFF), "-1"),
      (.uint8, .intValue(255), "255"), (.uint16, .intValue(65_535), "65535"),
      (.uint32, .intValue(.max), "4294967295"), (.uint32, .longValue(4_294_967_295), "4294967295"),
      (.uint64, .longValue(UInt64(Int64.max)), "\(Int64.max)"), (.uint64, .longValue(.max), "\(UInt64.max)u"),
      (.dateTime, .longValue(1_763_700_000_000), "1763700000000"),
      (.boolean, .intValue(2), "true"), (.boolean, .longValue(0), "false"),
      (.unknown, .intValue(.max), "4294967295!type"), (.unknown, .intValue(0x7FFF_FFFF), "2147483647"),
    ])
  func wholeNumbers(_ type: SparkplugType, _ value: WireMetric.OneOf_Value, _ expected: String) {
    #expect(line(WireMetric("m", type, value)) == "m=\(expected)")
  }

  @Test(
    "Other values are what they are, whatever the type says",
    arguments: [
      (SparkplugType.float, WireMetric.OneOf_Value.floatValue(0.1), "\(Double(Float(0.1)))"),
      (.double, .doubleValue(-2.5), "-2.5"), (.double, .doubleValue(.infinity), "inf"),
      (.double, .doubleValue(.nan), "nan"), (.int32, .doubleValue(1.5), "1.5"),
      (.boolean, .booleanValue(true), "true"), (.string, .stringValue("阀门"), "'阀门'"),
      (.text, .stringValue(""), "''"), (.uuid, .stringValue("6b4f"), "'6b4f'"),
      (.bytes, .bytesValue(Data([1, 2])), "object"), (.file, .bytesValue(Data()), "object"),
      (.string, .bytesValue(Data([65])), "object"),
    ])
  func otherValues(_ type: SparkplugType, _ value: WireMetric.OneOf_Value, _ expected: String) {
    #expect(line(WireMetric("m", type, value)) == "m=\(expected)")
  }

  @Test("A type that the standard does not name is none, and a number that could be negative is bad")
  func unknownType() {
    #expect(line(WireMetric("m", nil, .intValue(.max)).with { $0.datatype = 99 }) == "m=4294967295!type")
  }

  @Test("A null value is missing, whatever stands beside the flag, and so is one that is not there")
  func null() {
    #expect(line(WireMetric("m", .int32).with { $0.isNull = true }) == "m=null")
    #expect(line(WireMetric("m", .int32, .intValue(7)).with { $0.isNull = true }) == "m=null")
    #expect(line(WireMetric("m", .int32, .intValue(7)).with { $0.isNull = false }) == "m=7")
    #expect(line(WireMetric("m", .int32)) == "m=null")
  }

  @Test("A text that is no UTF-8 is bad, and costs the rest nothing")
  func noUTF8() {
    var bytes = WirePayload(
      seq: 0, WireMetric("a", .string, .stringValue("#")), WireMetric("b", .int32, .intValue(1))
    ).bytes
    bytes[bytes.lastIndex(of: UInt8(ascii: "#")) ?? 0] = 0xC4
    var host = HostApplication()
    #expect(host.hear("spBv1.0/g/NBIRTH/n", bytes) == Heard(.birth, "a=null!type b=1"))
  }

  // MARK: Quality

  private func withQuality(_ code: WirePropertyValue.OneOf_Value?, key: String = "Quality") -> WireMetric {
    WireMetric("m", .int32, .intValue(7)).with { metric in
      var property = WirePropertyValue()
      property.value = code
      metric.properties.keys = ["engUnit", key]
      metric.properties.values = [WirePropertyValue(), property]
    }
  }

  @Test("The property Quality says what the device thinks of a value")
  func quality() {
    #expect(line(withQuality(.intValue(192))) == "m=7")
    #expect(line(withQuality(.intValue(0))) == "m=7!device")
    #expect(line(withQuality(.longValue(0))) == "m=7!device")
    #expect(line(withQuality(.intValue(500))) == "m=7!stale")
    #expect(line(withQuality(.intValue(191))) == "m=7!device")
    #expect(line(withQuality(nil)) == "m=7")
    #expect(line(withQuality(.intValue(0), key: "quality of life")) == "m=7")
  }

  @Test("A quality without its value says nothing")
  func qualityWithoutValue() {
    #expect(line(withQuality(.intValue(0)).with { $0.properties.values.removeLast() }) == "m=7")
  }

  // MARK: Times

  @Test("A metric has its own time, else the message's; those of one time that follow each other are one record")
  func times() {
    var host = HostApplication()
    let heard = host.hear(
      "spBv1.0/g/NBIRTH/n",
      WirePayload(
        seq: 0, at: 5000, WireMetric("a", .int32, .intValue(1)), WireMetric("b", at: 5000, .int32, .intValue(2)),
        WireMetric("c", at: 4000, .int32, .intValue(3)), WireMetric("d", .int32, .intValue(4))))
    #expect(heard == Heard(.birth, "5000: a=1 b=2", "4000: c=3", "5000: d=4"))
  }

  @Test("Without any time a value has that of its receipt")
  func noTime() {
    #expect(line(WireMetric("m", .int32, .intValue(7))) == "m=7")
  }

  @Test("A time beyond the accepted years is as late as can be, so that it is seen to be wrong")
  func lateTime() {
    let latest = Timestamp.accepted.upperBound.microseconds / 1000
    for time in [UInt64(latest) + 1, UInt64(Int64.max) / 1000 + 1, UInt64(Int64.max) + 1, .max] {
      #expect(line(WireMetric("m", at: time, .int32, .intValue(7))) == "\(latest): m=7")
      #expect(line(WireMetric("m", .int32, .intValue(7)), messageAt: time) == "\(latest): m=7")
    }
    #expect(line(WireMetric("m", at: UInt64(latest), .int32, .intValue(7))) == "\(latest): m=7")
    #expect(line(WireMetric("m", at: 0, .int32, .intValue(7))) == "0: m=7")
  }

  @Test("A historical value counts at its time, and is bad without one of its own")
  func historical() {
    let metric = WireMetric("m", .int32, .intValue(7)).with { $0.isHistorical = true }
    #expect(line(metric.with { $0.timestamp = 4000 }, messageAt: 5000) == "4000: m=7")
    #expect(line(metric, messageAt: 5000) == "5000: m=7!missing")
    #expect(line(metric.with { $0.isNull = true }, messageAt: 5000) == "5000: m=null!missing")
  }
}
