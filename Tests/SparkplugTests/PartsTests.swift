import Foundation
import Telemetry
import Testing
import WireFormats

@testable import Sparkplug

/// Metrics that hold several values: data sets and templates.
@Suite struct PartsTests {
  private func records(_ metrics: WireMetric...) -> [String] {
    var host = HostApplication()
    return host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, at: 5000, metrics)).records
  }

  private func cell(_ value: WireCell.OneOf_Value?) -> WireCell {
    var cell = WireCell()
    cell.value = value
    return cell
  }

  private func dataSet(_ columns: [String], _ types: [SparkplugType], _ rows: [WireCell]...) -> WireMetric {
    var set = WireDataSet()
    set.columns = columns
    set.types = types.map(\.rawValue)
    set.rows = rows.map { cells in
      var row = WireRow()
      row.elements = cells
      return row
    }
    return WireMetric("set", .dataSet, .datasetValue(set))
  }

  private func template(_ name: String?, isDefinition: Bool? = nil, _ members: WireMetric...) -> WireMetric {
    var template = WireTemplate()
    template.metrics = members
    if let isDefinition { template.isDefinition = isDefinition }
    return WireMetric(name, .template, .templateValue(template))
  }

  // MARK: Data sets

  @Test("Each row of a data set is a record; what follows is none of it")
  func rows() {
    let set = dataSet(
      ["id", "kg", "ok"], [.int8, .double, .boolean],
      [cell(.intValue(0xFF)), cell(.doubleValue(1.5)), cell(.booleanValue(true))],
      [cell(.intValue(2)), cell(nil), cell(.intValue(0))])
    let after = WireMetric("after", .int8, .intValue(1))
    #expect(
      records(WireMetric("before", .int8, .intValue(1)), set, after) == [
        "5000: before=1", "5000: set/id=-1 set/kg=1.5 set/ok=true", "5000: set/id=2 set/kg=null set/ok=false",
        "5000: after=1",
      ])
  }

  @Test("A row has as many values as there are columns and cells; a column without a type has the number as it stands")
  func columnsAndCells() {
    let numbers = [cell(.intValue(.max)), cell(.intValue(.max)), cell(.longValue(.max))]
    #expect(
      records(dataSet(["a", "b"], [.int32], Array(numbers[..<1]), numbers)) == [
        "5000: set/a=-1", "5000: set/a=-1 set/b=4294967295",
      ])
  }

  @Test("Rows and columns without a cell are no records")
  func emptyRows() {
    #expect(records(dataSet(["a"], [.int32], [], [], [])) == [])
    #expect(records(dataSet([], [], [cell(.intValue(1))])) == [])
  }

  @Test("A cell's text that is no UTF-8 is bad, and costs the row nothing")
  func noUTF8() {
    var host = HostApplication()
    let set = dataSet(["a", "b"], [.string, .int8], [cell(.stringValue("#")), cell(.intValue(1))])
    var bytes = WirePayload(seq: 0, set).bytes
    bytes[bytes.lastIndex(of: UInt8(ascii: "#")) ?? 0] = 0xC4
    #expect(host.hear("spBv1.0/g/NBIRTH/n", bytes).records == ["set/a=null!type set/b=1"])
  }

  @Test("A data set has its metric's time and quality")
  func timeAndQuality() {
    let set = dataSet(["a"], [.int8], [cell(.intValue(1))]).with { metric in
      metric.timestamp = 4000
      metric.properties.keys = ["Quality"]
      metric.properties.values = [WirePropertyValue()]
      metric.properties.values[0].intValue = 0
    }
    #expect(records(set, WireMetric("after", .int8, .intValue(1))) == ["4000: set/a=1!device", "5000: after=1"])
  }

  // MARK: Templates

  @Test("The members of a template have its name before theirs")
  func members() {
    let pump = template(
      "pump", WireMetric("rpm", .int16, .intValue(0xFFFF)), WireMetric("name", .string, .stringValue("A")))
    #expect(records(pump) == ["5000: pump/rpm=-1 pump/name='A'"])
    let nested = template(
      "line", pump, WireMetric("on", .boolean, .booleanValue(true)), WireMetric(nil, .int8, .intValue(1)))
    #expect(records(nested) == ["5000: line/pump/rpm=-1 line/pump/name='A' line/on=true"])
    let array = template("line", WireMetric("a", .uint8Array, .bytesValue(Data([1, 2]))))
    #expect(records(array) == ["5000: line/a/0=1 line/a/1=2"])
  }

  @Test("A member has its own time, else its template's")
  func memberTimes() {
    let own = WireMetric("own", at: 3000, .int8, .intValue(1))
    let pump = template("pump", WireMetric("rpm", .int8, .intValue(2)), own, WireMetric("on", .int8, .intValue(3)))
    #expect(
      records(pump.with { $0.timestamp = 4000 }, WireMetric("after", .int8, .intValue(4))) == [
        "4000: pump/rpm=2", "3000: pump/own=1", "4000: pump/on=3", "5000: after=4",
      ])
  }

  @Test("What is wrong with a template is wrong with its members")
  func quality() {
    let member = WireMetric("a", .int8, .intValue(1)).with { metric in
      metric.properties.keys = ["Quality"]
      metric.properties.values = [WirePropertyValue()]
      metric.properties.values[0].intValue = 500
    }
    let pump = template("pump", member, WireMetric("b", .int8, .intValue(2)))
    #expect(records(pump.with { $0.isHistorical = true }) == ["5000: pump/a=1!stale pump/b=2!missing"])
    #expect(records(pump.with { $0.isNull = true }) == ["5000: pump=null"])
  }

  @Test("A definition has no values")
  func definition() {
    let member = WireMetric("rpm", .int16, .intValue(1))
    #expect(records(template("pump", isDefinition: true, member)) == [])
    #expect(records(template("pump", isDefinition: false, member)) == ["5000: pump/rpm=1"])
  }

  @Test("Members have the types of the birth where the data say none")
  func typesOfMembers() {
    var host = HostApplication()
    _ = host.hear(
      "spBv1.0/g/NBIRTH/n",
      WirePayload(seq: 0, template("pump", WireMetric("rpm", .int16, .intValue(1))).with { $0.alias = 1 }))
    let data = template(nil, WireMetric("rpm", nil, .intValue(0xFFFF)), WireMetric("new", nil, .intValue(0xFFFF))).with
    {
      $0.alias = 1
      $0.clearDatatype()
    }
    #expect(host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 1, data)) == Heard(.values, "pump/rpm=-1 pump/new=65535"))
  }

  // MARK: Limits

  @Test("Templates go so deep, and what is deeper is one value without a meaning")
  func depth() {
    func nested(_ depth: Int) -> WireMetric {
      depth == 0 ? WireMetric("v", .int8, .intValue(1)) : template("t", nested(depth - 1))
    }
    let deepest = MetricReading.deepestTemplates
    let path = Array(repeating: "t", count: deepest).joined(separator: "/")
    #expect(records(nested(deepest)) == ["5000: \(path)/v=1"])
    #expect(records(nested(deepest + 1)) == ["5000: \(path)/t=object"])
    #expect(records(nested(90), WireMetric("after", .int8, .intValue(1))) == ["5000: \(path)/t=object after=1"])
  }

  @Test("A name that is too long has no parts, each of which would have it in its own")
  func longName() {
    let name = String(repeating: "n", count: MetricReading.longestName)
    let bytes = Data([1, 2])
    #expect(records(WireMetric(name, .uint8Array, .bytesValue(bytes))) == ["5000: \(name)/0=1 \(name)/1=2"])
    #expect(records(WireMetric(name + "n", .uint8Array, .bytesValue(bytes))) == ["5000: \(name)n=object"])
    #expect(records(WireMetric(name + "n", .uint8, .intValue(1))) == ["5000: \(name)n=1"])
  }

  @Test("More parts than are kept make a message overfull; columns without rows are bounded too")
  func mostParts() throws {
    let records = FieldRecords()
    func read(_ metrics: WireMetric...) {
      records.removeAll()
      let bytes = WirePayload(seq: nil, at: nil, metrics).bytes
      bytes.withUnsafeBytes { bytes in
        var payload = SparkplugPayload()
        #expect(payload.read(bytes) == nil)
        var reading = MetricReading(into: records, payloadTime: .unknown, birth: nil)
        for metric in payload.metrics { reading.add(metric, name: metric.name ?? bytes, metric.datatype ?? .unknown) }
        #expect(reading.parts.count <= MetricReading.mostParts)
      }
    }
    read(WireMetric("a", .uint8Array, .bytesValue(Data(count: FieldRecords.mostFields))))
    #expect(!records.isOverfull && records.fields.count == FieldRecords.mostFields)
    read(WireMetric("a", .uint8Array, .bytesValue(Data(count: 3 * FieldRecords.mostFields))))
    #expect(records.isOverfull)
    let columns = Array(repeating: "", count: MetricReading.mostParts)
    read(dataSet(columns, []), dataSet(columns, []))
    #expect(records.fields.map { String(decoding: $0.name, as: UTF8.self) + "=" + $0.value.text } == ["set=object"])
  }
}
