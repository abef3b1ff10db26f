import Foundation
import Telemetry
import TestSupport
import Testing
import WireFormats

/// The vectors of influxdata/line-protocol-corpus.
@Suite
struct LineProtocolConformanceTests {
  private static let folder = conformanceFolder("influx-lp")

  /// Vectors with a tag `_measurement`: names that begin with `_` are InfluxDB's own by its documentation ("Naming
  /// restrictions" of the line protocol), so that no device may send it. Here the measurement has that name, and stays.
  private static let hiddenTags: Set<String> = [
    "1649ca32c656808ffa2cdd4a6531a62f", "d8a7cd920c2951e19b0fa49dc3ccb919", "4ab0e35c7e7840d2e7c5efd2f8f65535",
    "ac1cb11cc76829023afa8085607c0560",
  ]

  @Test(
    "Every decode vector reads as it should, or is bad where it should be",
    .enabled(if: folder != nil, "shared/conformance/influx-lp is absent"))
  func decode() throws {
    let lines = try vectors("decode.jsonl")
    #expect(lines.count == 3973)
    for vector in lines {
      let format = try LineProtocol(precision: precision(of: vector))
      let read = Result { () throws -> [ReadRecord] in try format.records(of: payload(of: vector)) }
      if let points = vector["result"] as? [[String: Any]] {
        let tagless = points.map { Self.hiddenTags.contains(vector["id"] as? String ?? "") ? withoutHiddenTag($0) : $0 }
        let expected = try tagless.map { try record(of: $0, vector, format.precision) }
        #expect((try? read.get()).map(withSortedTags) == withSortedTags(expected), "\(vector)")
      } else {
        expectBad(read, vector)
      }
    }
  }

  @Test(
    "Every encode vector's line reads as the point that it was made of",
    .enabled(if: folder != nil, "shared/conformance/influx-lp is absent"))
  func encode() throws {
    for vector in try vectors("encode.jsonl") {
      guard let line = vector["result"] as? String, let point = vector["point"] as? [String: Any] else { continue }
      let format = try LineProtocol(precision: precision(of: vector))
      let expected = try record(of: point, vector, format.precision)
      #expect(try withSortedTags(format.records(of: line)) == withSortedTags([expected]), "\(vector)")
    }
  }

  /// Where only a value is wrong the message stays and the value is bad; all else is refused. Most vectors do not say
  /// what is wrong.
  private func expectBad(_ read: Result<[ReadRecord], any Error>, _ vector: [String: Any]) {
    let error = vector["error"] as? String ?? ""
    let costsAValue = ["cannot parse value", "unrecognized type", "expected field value", "invalid timestamp", "utf-8"]
    let hasBadField = (try? read.get())?.contains { record in
      record.fields.contains { field in Quality.allCases.contains { field.hasSuffix("!\($0.reason)") } }
    }
    if error.isEmpty {
      #expect(hasBadField != false, "\(vector)")
    } else if costsAValue.contains(where: { error.contains($0) }) {
      #expect(hasBadField == true, "\(vector)")
    } else {
      #expect(hasBadField == nil, "\(vector)")
    }
  }

  private func withoutHiddenTag(_ point: [String: Any]) -> [String: Any] {
    var point = point
    point["tags"] = (point["tags"] as? [[String: String]])?.filter { $0["key"] != "_measurement" }
    return point
  }

  private func vectors(_ name: String) throws -> [[String: Any]] {
    let folder = try #require(Self.folder)
    let text = try Data(contentsOf: folder.appendingPathComponent(name))
    return try text.split(separator: UInt8(ascii: "\n")).map {
      try #require(JSONSerialization.jsonObject(with: $0) as? [String: Any])
    }
  }

  private func payload(of vector: [String: Any]) throws -> [UInt8] {
    if let text = vector["text"] as? String { return Array(text.utf8) }
    let coded = try #require((vector["text"] as? [String: String])?["binary"])
    return Array(try #require(Data(base64Encoded: coded)))
  }

  private func precision(of vector: [String: Any]) throws -> LineProtocol.Precision {
    let word = try #require(vector["precision"] as? String)
    return try #require(["1ns": .nanoseconds, "1µs": .microseconds, "1ms": .milliseconds, "1s": .seconds][word])
  }

  private func record(
    of point: [String: Any], _ vector: [String: Any], _ precision: LineProtocol.Precision
  ) throws -> ReadRecord {
    let tags = try #require(point["tags"] as? [[String: String]])
    let fields = try #require(point["fields"] as? [[String: Any]])
    var texts = ["_measurement='\(try #require(point["name"] as? String))'"]
    for field in fields { texts.append("\(try #require(field["key"] as? String))=\(try text(of: field))") }
    let tagTexts = try tags.map { "\(try #require($0["key"]))='\(try #require($0["value"]))'" }
    return ReadRecord(time: try time(of: point, vector, precision), fields: texts + tagTexts)
  }

  /// What a vector without a time stamp has as time is its default, in units of its precision.
  private func time(
    of point: [String: Any], _ vector: [String: Any], _ precision: LineProtocol.Precision
  ) throws -> FieldRecords.Time {
    let time = try #require(point["time"] as? NSNumber).int64Value
    let unit: Int64 = [.nanoseconds: 1, .microseconds: 1000, .milliseconds: 1_000_000][precision] ?? 1_000_000_000
    if let standard = (vector["defaultTime"] as? NSNumber)?.int64Value, standard / unit * unit == time {
      let hasStamp = (vector["text"] as? String)?.split(separator: " ").last.map { Int64($0.trimmingSuffix) != nil }
      if hasStamp != true { return .unknown }
    }
    return .at(Timestamp(microseconds: time / 1000 - (time % 1000 < 0 ? 1 : 0)))
  }

  private func text(of field: [String: Any]) throws -> String {
    let value = try #require((field["value"] as? [String: Any])?.first)
    let number = value.value as? NSNumber
    switch value.key {
    // JSONSerialization reads some doubles as decimals, which are not the nearest.
    case "float": return "\(try #require(Double(number?.stringValue ?? "")))"
    case "int": return "\(try #require(number).int64Value)"
    case "uint": return "\(try #require(number).uint64Value)"
    case "bool": return "\(try #require(number).boolValue)"
    default: return "'\(try #require(value.value as? String))'"
    }
  }

  /// The vectors have tags in the order of their keys.
  private func withSortedTags(_ records: [ReadRecord]) -> [ReadRecord] { records.map { withSortedTags($0) } }

  private func withSortedTags(_ record: ReadRecord) -> ReadRecord {
    ReadRecord(time: record.time, fields: record.fields.sorted())
  }
}

extension Substring {
  /// Without a line end.
  fileprivate var trimmingSuffix: Substring {
    var rest = self
    while rest.last?.isNewline == true { rest.removeLast() }
    return rest
  }
}
