import Foundation
import TestSupport
import Testing
import WireFormats

/// Packets that others have recorded, some of them really broken.
@Suite
struct HJ212ConformanceTests {
  private struct Vectors: Decodable {
    let packets: [Vector]
  }

  private struct Vector: Decodable {
    let packet: String
    let declaredLength: Int
    let actualLength: Int
    let lengthOk: Bool
    let crcField: String
    let crcComputed: String
    let crcOk: Bool

    /// What stands behind the length, up to the closing `&&`.
    var segment: [UInt8] {
      let bytes = Array(packet.utf8)
      let end = bytes.indices.last { bytes[..<$0].suffix(2).elementsEqual("&&".utf8) } ?? bytes.count
      return Array(bytes[6..<end])
    }
  }

  private static let folder = conformanceFolder("hj212")

  private func vectors() throws -> [Vector] {
    let folder = try #require(Self.folder)
    let data = try Data(contentsOf: folder.appendingPathComponent("packets.json"))
    return try JSONDecoder().decode(Vectors.self, from: data).packets
  }

  @Test(
    "Recorded packets are read where length and sum fit, refused where not, and read once both are put right",
    .enabled(if: folder != nil, "shared/conformance/hj212 is absent"))
  func recorded() throws {
    let vectors = try vectors()
    #expect(vectors.count == 15)
    let format = HJ212()
    for vector in vectors {
      let segment = vector.segment
      #expect(segment.count == vector.actualLength && vector.lengthOk == (vector.actualLength == vector.declaredLength))
      #expect(HJ212Packets.hex(HJ212Packets.sum(segment)) == vector.crcComputed)
      let refusal = format.refusal(Array(vector.packet.utf8))
      #expect((refusal == nil) == (vector.lengthOk && vector.crcOk), "\(vector.packet)")
      #expect(refusal == nil || refusal?.reason == .checksum)
      if vector.lengthOk, !vector.crcOk, !vector.crcField.isEmpty {
        #expect(refusal?.detail.hasPrefix(vector.crcComputed) == true)
      }
      let records = try format.records(of: HJ212Packets.framed(segment))
      #expect(factors(of: segment) == records.reduce(0) { $0 + $1.fields.count(where: { $0.contains("-") }) })
    }
  }

  /// How many `code-suffix=` stand in a segment, but for times.
  private func factors(of segment: [UInt8]) -> Int {
    String(decoding: segment, as: UTF8.self).matches(of: /[A-Za-z0-9]+-(?!SampleTime)[A-Za-z]+=/).count
  }

  @Test(
    "Some of them, field by field", .enabled(if: folder != nil, "shared/conformance/hj212 is absent"))
  func some() throws {
    let format = HJ212()
    let read = try vectors().map { try format.records(of: HJ212Packets.framed($0.segment)) }
    #expect(read[0].flatMap(\.fields).last == "RtdInterval=30")
    #expect(read[1].flatMap(\.fields).suffix(2) == ["B01-Rtd=10.989", "B01-Flag='N'"])
    #expect(read[3].flatMap(\.fields).filter { $0 == "A21-Rtd=0.0" }.count == 2)
    #expect(read[6].flatMap(\.fields).last == "w01008-Rtd=123.456")
    #expect(read[7].flatMap(\.fields).filter { $0.hasSuffix("-Rtd=0.0!device") }.count == 11)
    #expect(read[8].count == 4)
    #expect(read[10].flatMap(\.fields).prefix(4) == ["ST='32'", "CN='2011'", "MN='88888881234567'", "Flag=0"])
    #expect(
      read[12].flatMap(\.fields).suffix(4) == ["w20144-Rtd=10", "w20144-Flag='N'", "w20117-Rtd=5", "w20117-Flag='N'"])
    #expect(
      read[13].flatMap(\.fields).suffix(4) == [
        "a34004-Rtd=200.5", "a34004-Flag='N'", "a21001-Rtd=0.08", "a21001-Flag='N'",
      ])
  }
}
