import DeviceCatalog
import Foundation
import StrictYAML
import Testing
import WireFormats

/// The examples of the article on binary layouts.
@Suite
struct LayoutArticleTests {
  private let layouts: [BinaryLayout]
  private let article: String

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appendingPathComponent("Sources/Ganglion.docc/BinaryLayouts.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    article = text
    layouts = try text.matches(of: /```yaml\nlayout:\n([\s\S]*?)```/).map { match in
      try BinaryLayout(YAMLValue.parse(String(match.output.1), file: "BinaryLayouts.md"))
    }
  }

  private func read(_ layout: BinaryLayout, _ hex: String) throws -> [String] {
    let bytes = hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    let records = FieldRecords()
    return try bytes.withUnsafeBytes { payload in
      if let refusal = layout.read(payload, into: records) { throw refusal }
      return records.fields.map { field in
        let name = String(decoding: field.name, as: UTF8.self)
        switch field.value {
        case .integer(let value): return "\(name)=\(value)"
        case .boolean(let value): return "\(name)=\(value)"
        case .text(let text): return "\(name)=\(String(decoding: text, as: UTF8.self))"
        default: return name
        }
      }
    }
  }

  @Test("The fixed layout reads a payload of its device, and refuses one with a bit changed")
  func fixed() throws {
    let payload = "A5 01 5C FF 38 11 34 12 00 00 0A 0B 0C 0D 02 00 07 00 09 00 01 51 80"
    let bytes = payload.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    let crc = bytes.withUnsafeBytes { LayoutChecksumKind.modbus.value(of: $0) }
    let tail = [crc & 0xFF, crc >> 8].map { String($0, radix: 16) }.joined(separator: " ")
    #expect(
      try read(layouts[0], payload + " " + tail) == [
        "battery=92", "temperature=-200", "door=true", "tamper=false", "mode=1", "meter=1234", "serial=0a0b0c0d",
        "samples=2", "flow=7", "flow=9", "uptime=86400",
      ])
    let refusal = #expect(throws: Refusal.self) { try read(layouts[0], "A4" + payload.dropFirst(2) + " " + tail) }
    #expect(refusal?.reason == .checksum)
  }

  @Test("Cayenne LPP reads each of its types, with channels in the names")
  func cayenne() throws {
    let layout = layouts[1]
    let items = [
      ("03 67 01 10", ["temperature_3=272"]), ("05 67 00 FF", ["temperature_5=255"]),
      ("01 67 FF D7", ["temperature_1=-41"]), ("01 00 64", ["digital_in_1=100"]), ("02 01 01", ["digital_out_2=1"]),
      ("09 02 80 00", ["analog_in_9=-32768"]), ("0A 03 7F FF", ["analog_out_10=32767"]),
      ("FF 64 FF FF FF FF", ["generic_255=4294967295"]), ("00 65 FF FF", ["illuminance_0=65535"]),
      ("04 66 01", ["presence_4=1"]), ("04 68 5B", ["humidity_4=91"]),
      ("06 71 04 D2 FB 2E 00 00", ["acceleration_x_6=1234", "acceleration_y_6=-1234", "acceleration_z_6=0"]),
      ("07 73 27 5D", ["pressure_7=10077"]), ("08 74 01 4A", ["voltage_8=330"]), ("08 75 00 0A", ["current_8=10"]),
      ("08 76 00 00 C3 50", ["frequency_8=50000"]), ("08 78 63", ["percentage_8=99"]),
      ("08 79 FF F6", ["altitude_8=-10"]), ("08 7D 01 90", ["concentration_8=400"]), ("08 80 03 E8", ["power_8=1000"]),
      ("08 82 00 00 05 DC", ["distance_8=1500"]), ("08 83 00 0F 42 40", ["energy_8=1000000"]),
      ("08 84 01 67", ["direction_8=359"]), ("08 85 5F EE 66 01", ["unix_time_8=1609459201"]),
      ("08 86 00 01 FF FF 00 02", ["rotation_x_8=1", "rotation_y_8=-1", "rotation_z_8=2"]),
      ("08 87 FF 80 00", ["red_8=255", "green_8=128", "blue_8=0"]),
      ("01 88 06 76 5F F2 96 0A 00 03 E8", ["latitude_1=423519", "longitude_1=-879094", "altitude_1=1000"]),
      ("08 8E 01", ["switch_8=1"]),
    ]
    for (hex, fields) in items { #expect(try read(layout, hex) == fields) }
    #expect(try read(layout, items.map(\.0).joined(separator: " ")) == items.flatMap(\.1))
    #expect(try read(layout, "03 67 01 10 01 99 00 00 05 67 00 FF") == ["temperature_3=272"])
    #expect(throws: Refusal.self) { try read(layout, "03 67 01") }
  }

  @Test("The article names the key of every step, and the limits")
  func keys() {
    for word in ["checksum", "crc16-kermit", "number-from", "at-bit", "otherwise", "4,096 rounds", "8 deep"] {
      #expect(article.contains(word))
    }
  }
}
