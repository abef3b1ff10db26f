import Foundation
import Simulator
import SwiftProtobuf

@testable import Sparkplug

/// Makes payloads of everything that the schema has, as the library writes them.
struct RandomPayload {
  var random: RandomSource

  init(seed: UInt64) { random = RandomSource(seed: seed) }

  mutating func payload() -> WirePayload {
    var payload = WirePayload()
    if isChosen(2) { payload.timestamp = number() }
    if isChosen(2) { payload.seq = number() }
    payload.metrics = list(0...6) { $0.metric(depth: 0) }
    return payload
  }

  mutating func metric(depth: Int) -> WireMetric {
    var metric = WireMetric()
    if isChosen(2) { metric.name = text() }
    if isChosen(2) { metric.alias = number() }
    if isChosen(2) { metric.timestamp = number() }
    if isChosen(2) { metric.datatype = UInt32.random(in: 0...40, using: &random) }
    if isChosen(4) { metric.isHistorical = isChosen(2) }
    if isChosen(4) { metric.isNull = isChosen(2) }
    if isChosen(3) { metric.properties = properties() }
    if !isChosen(8) { metric.value = value(depth: depth) }
    return metric
  }

  private mutating func value(depth: Int) -> WireMetric.OneOf_Value {
    switch Int.random(in: 0...(depth < 3 ? 8 : 7), using: &random) {
    case 0: .intValue(UInt32(truncatingIfNeeded: number()))
    case 1: .longValue(number())
    case 2: .floatValue(Float.random(in: -1e6...1e6, using: &random))
    case 3: .doubleValue(Double.random(in: -1e6...1e6, using: &random))
    case 4: .booleanValue(isChosen(2))
    case 5: .stringValue(text())
    case 6: .bytesValue(Data(list(0...12) { UInt8.random(in: 0...255, using: &$0.random) }))
    case 7: .datasetValue(dataSet())
    default: .templateValue(template(depth: depth + 1))
    }
  }

  private mutating func properties() -> WirePropertySet {
    var set = WirePropertySet()
    set.keys = list(0...3) { $0.isChosen(2) ? "Quality" : $0.text() }
    set.values = list(0...3) { source in
      var property = WirePropertyValue()
      if source.isChosen(8) { property.isNull = true }
      switch Int.random(in: 0...3, using: &source.random) {
      case 0: property.intValue = [0, 192, 500, 7].randomElement(using: &source.random) ?? 0
      case 1: property.longValue = [0, 192, 500, 7].randomElement(using: &source.random) ?? 0
      default: break
      }
      return property
    }
    return set
  }

  private mutating func dataSet() -> WireDataSet {
    var set = WireDataSet()
    set.columns = list(0...4) { $0.text() }
    set.types = list(0...4) { UInt32.random(in: 0...200, using: &$0.random) }
    set.rows = list(0...3) { source in
      var row = WireRow()
      row.elements = source.list(0...4) { $0.cell() }
      return row
    }
    return set
  }

  private mutating func cell() -> WireCell {
    var cell = WireCell()
    switch Int.random(in: 0...6, using: &random) {
    case 0: cell.intValue = UInt32(truncatingIfNeeded: number())
    case 1: cell.longValue = number()
    case 2: cell.floatValue = Float.random(in: -1e6...1e6, using: &random)
    case 3: cell.doubleValue = Double.random(in: -1e6...1e6, using: &random)
    case 4: cell.booleanValue = isChosen(2)
    case 5: cell.stringValue = text()
    default: break
    }
    return cell
  }

  private mutating func template(depth: Int) -> WireTemplate {
    var template = WireTemplate()
    template.metrics = list(0...3) { $0.metric(depth: depth) }
    if isChosen(3) { template.isDefinition = isChosen(4) }
    return template
  }

  mutating func list<Element>(_ count: ClosedRange<Int>, _ make: (inout Self) -> Element) -> [Element] {
    (0..<Int.random(in: count, using: &random)).map { _ in make(&self) }
  }

  mutating func isChosen(_ times: Int) -> Bool { random.happens(onceIn: times) }

  /// Of any size, small ones being as likely as large ones.
  private mutating func number() -> UInt64 { random.next() >> UInt64.random(in: 0...63, using: &random) }

  private mutating func text() -> String {
    String((0..<Int.random(in: 0...4, using: &random)).map { _ in "abé阀/ ".randomElement(using: &random) ?? "a" })
  }
}
