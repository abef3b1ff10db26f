import Foundation
import Telemetry
import TestSupport
import Testing
import WireFormats

/// The shared conformance folders of the three formats; skipped where they are absent.
@Suite
struct WaterConformanceTests {
  private static let sl651 = conformanceFolder("sl651")
  private static let szy206 = conformanceFolder("szy206")
  private static let cjt188 = conformanceFolder("cjt188")

  /// A frame of a folder and what is said of it.
  private struct Vector {
    let hex: String
    let facts: [String: Any]

    func fact(_ name: String) -> String? { facts[name] as? String }
    func isTrue(_ name: String) -> Bool { facts[name] as? Bool == true }
  }

  private func vectors(_ folder: URL?) throws -> [Vector] {
    let folder = try #require(folder)
    let file = try Data(contentsOf: folder.appendingPathComponent("frames.json"))
    let document = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
    return try #require(document["frames"] as? [[String: Any]]).compactMap { facts in
      let bare = (facts["hexWithoutCrc"] as? String).map { $0 + (facts["expectedCrcFromSource"] as? String ?? "") }
      return (facts["hex"] as? String ?? bare).map { Vector(hex: $0, facts: facts) }
    }
  }

  private func outcome(_ format: some WireFormat, _ vector: Vector) -> Result<[ReadRecord], Refusal> {
    do {
      return .success(try format.records(of: hexBytes(vector.hex)))
    } catch {
      return .failure(error as? Refusal ?? Refusal(.malformed, "\(error)"))
    }
  }

  @Test(
    "SL 651: each of the 46 frames is taken or refused by its CRC as told, and is of the function as told",
    .enabled(if: sl651 != nil, "shared/conformance/sl651 is absent"))
  func hydrologyFrames() throws {
    let vectors = try vectors(Self.sl651)
    #expect(vectors.count == 46)
    var laterPackets = 0
    for vector in vectors {
      // A byte 7E behind the frame is passed over: the folder tells the CRC without it too.
      let isWhole = vector.isTrue("crcOk") || vector.isTrue("crcOkWithoutTrailing7E")
      switch outcome(SL651(), vector) {
      case .success(let records):
        #expect(isWhole, "\(vector.hex)")
        if let function = vector.fact("func") { #expect(records[0].fields[2] == "function='\(function)'") }
      case .failure(let refusal) where isWhole:
        #expect(refusal.detail.hasPrefix("packet "), "\(refusal.detail) \(vector.hex)")
        laterPackets += 1
      case .failure(let refusal): #expect(refusal.reason == .checksum)
      }
      let text = Result { try SL651().records(of: vector.hex) }
      #expect((try? text.get()) == (try? outcome(SL651(), vector).get()))
    }
    #expect(laterPackets == 5)
  }

  @Test(
    "SL 651: the frames that are decoded in the folder decode as told",
    .enabled(if: sl651 != nil, "shared/conformance/sl651 is absent"))
  func hydrologyValues() throws {
    let vectors = try vectors(Self.sl651)
    func records(_ marker: String) throws -> [ReadRecord] {
      let vector = try #require(vectors.first { $0.hex.contains(marker) })
      return try SL651().records(of: hexBytes(vector.hex))
    }
    let filled = try records("221206100758")
    #expect(filled[0].fields.suffix(4) == ["pj=0.0", "pt=0.0", "z=null!missing", "vt=11.43"])
    let quality = try records("230308111501")
    #expect(quality.map(\.time) == [chinaTime("2023-03-08T11:14:00")])
    for field in ["sent_s=1678245301", "station_type='48'", "z=0.345", "zt_mains_failed=true"] {
      #expect(quality[0].fields.contains(field))
    }
    #expect(quality[0].fields.suffix(3) == ["id_c9=5.1", "id_7a=0", "id_ca=100"])
  }

  @Test(
    "SL 651: the hourly report of the folder decodes whole as told",
    .enabled(if: sl651 != nil, "shared/conformance/sl651 is absent"))
  func hourlyReport() throws {
    let vector = try #require(try vectors(Self.sl651).first { $0.facts["note"] != nil && $0.isTrue("crcOk") })
    let told = try #require(vector.facts["expectedFromSource"] as? [String: Any])
    let records = try SL651().records(of: hexBytes(vector.hex))
    let station = try #require(told["telemetryStationAddress"] as? String)
    #expect(records[0].fields.prefix(3) == ["station='\(station)'", "centre='01'", "function='34'"])
    #expect(records[0].fields[3] == "serial=\(0x01F3)" && records[0].fields[5] == "station_type='48'")
    #expect(records[records.count - 1].fields == ["vt=12.07"])
    // The source prints the values of F4 and F5 as they are sent: 0.1 mm and 0.01 m.
    let series = [
      "F4": ("drp", 10.0, 5), "F5": ("drz1", 100.0, 5), "79": ("id_79", 1, 15), "7D": ("id_7d", 1, 15),
      "F9": ("id_f9", 1, 15), "26": ("pt", 1, 0), "39": ("z", 1, 0), "20": ("pj", 1, 0),
    ]
    for group in try #require(told["elements"] as? [[String: Any]]) {
      let start = try moment(try #require(group["f0"] as? String))
      for (identifier, (name, divisor, minutes)) in series {
        guard let values = group[identifier] as? [String] else { continue }
        for (index, text) in values.enumerated() {
          let value = try #require(Double(text)) / divisor
          let time = FieldRecords.Time.at(start + .seconds(minutes * 60 * index))
          let fields = records.filter { $0.time == time }.flatMap(\.fields)
          let isWhole = identifier == "79" || identifier == "7D"
          #expect(fields.contains("\(name)=\(isWhole ? text : "\(value)")"), "\(name) \(index)")
        }
      }
    }
    #expect(records.count == 1 + 12 + 1 + 12 + 1 + 4 * 3 + 1)
  }

  private func moment(_ text: String) throws -> Timestamp {
    let pairs = stride(from: 0, to: 10, by: 2).map { text.dropFirst($0).prefix(2) }
    let time = chinaTime("20\(pairs[0])-\(pairs[1])-\(pairs[2])T\(pairs[3]):\(pairs[4]):00")
    guard case .at(let moment) = time else { throw Refusal(.time, text) }
    return moment
  }

  @Test(
    "SL 651: all 119 identifiers of the folder are known, and take the digits and decimals that it tells",
    .enabled(if: sl651 != nil, "shared/conformance/sl651 is absent"))
  func identifiers() throws {
    let file = try Data(contentsOf: try #require(Self.sl651).appendingPathComponent("element-identifiers.json"))
    let elements = try #require(try JSONSerialization.jsonObject(with: file) as? [[String: Any]])
    #expect(elements.count == 119)
    var names: Set<String> = []
    for element in elements {
      let identifier = try #require(element["id"] as? String), define = try #require(element["define"] as? String)
      guard define.hasPrefix("BCD(digits_decimals ") else { continue }
      let numbers = define.dropFirst("BCD(digits_decimals ".count).split(separator: "_").compactMap { Int($0) }
      let width = (numbers[0] + 1) / 2, digits = String(repeating: "9", count: numbers[0])
      let definition = String(width << 3 | numbers[1] | 0x100, radix: 16).dropFirst()
      let padded = (digits.count % 2 == 1 ? "0" : "") + digits
      let frame = SL651Frames.report(0x32, "F0F0 2603041200 \(identifier)\(definition)\(padded)")
      let field = try #require(try SL651().records(of: frame).flatMap(\.fields).last)
      let parts = field.split(separator: "=")
      let expected = numbers[1] == 0 ? digits : try #require(Double("\(digits)e-\(numbers[1])")).description
      #expect(parts.count == 2 && parts[1] == expected, "\(field)")
      #expect(!field.hasPrefix("id_") && names.insert(String(parts[0])).inserted, "\(field)")
    }
    #expect(names.count == 119 - 6, "F0, F4, F5, 04, 05 and 0B have layouts of their own")
  }

  @Test(
    "SZY206: the CRC of each frame fits, and address, function, volume and time are as told",
    .enabled(if: szy206 != nil, "shared/conformance/szy206 is absent"))
  func waterResources() throws {
    let vectors = try vectors(Self.szy206)
    #expect(vectors.count == 3)
    for vector in vectors {
      let fields = try SZY206().records(of: hexBytes(vector.hex)).flatMap(\.fields)
      let address = try #require(vector.fact("address")), function = try #require(vector.fact("afn"))
      #expect(fields.prefix(2) == ["address='\(address.uppercased())'", "afn='\(function.uppercased())'"])
    }
    #expect(try SZY206().records(of: hexBytes(vectors[0].hex))[0].fields[3] == "volume_m3=106182")
    #expect(try SZY206().records(of: hexBytes(vectors[1].hex))[0].fields[2] == "flow=null!missing")
    let last = try SZY206().records(of: hexBytes(vectors[2].hex))[0]
    #expect(last.time == chinaTime("2026-05-12T14:15:30") && last.fields[2] == "velocity_m_s=44.555")
  }

  @Test(
    "CJ/T 188: each frame is taken or refused by its sum as told, and reads as told",
    .enabled(if: cjt188 != nil, "shared/conformance/cjt188 is absent"))
  func meters() throws {
    let vectors = try vectors(Self.cjt188)
    #expect(vectors.count == 13)
    for vector in vectors {
      guard case .success(let records) = outcome(CJT188(), vector) else {
        #expect(!vector.isTrue("ok"), "\(vector.hex)")
        continue
      }
      #expect(vector.isTrue("ok"), "\(vector.hex)")
      let derived = vector.facts["derived"] as? [String: String]
      let told = vector.facts["expectedFromSource"] as? [String: String]
      guard let text = derived?["bcdLE"], let value = Double(text) else { continue }
      // Frames without a unit byte have a total; there the folder takes the first status byte, 00, for a unit.
      let name = derived?["unitByte"] == "00" ? "total" : "volume_m3"
      let isLitres = derived?["unitByte"] == "29"
      #expect(records[0].fields.contains("\(name)=\(isLitres ? value / 1000 : value)"), "\(vector.hex)")
      if let address = told?["address"], let manufacturer = told?["manufacturer"] {
        #expect(records[0].fields.prefix(2) == ["address='\(address)'", "manufacturer='\(manufacturer)'"])
      }
      if let clock = told?["clock"] {
        #expect(records[0].time == chinaTime(clock.replacing(" ", with: "T")))
      }
    }
  }
}
