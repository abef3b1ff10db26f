import Foundation
import StrictYAML
import WireFormats

/// Bytes that stand in a JSON message as text, and the layout by which they are read: what a LoRaWAN network server hands
/// on of a device.
public struct EncodedBytes: Sendable {
  public enum Encoding: String, CaseIterable, Sendable {
    case base64
    case hex
  }

  public let at: ValuePath
  public let encoding: Encoding
  /// Where the port stands; a layout may be one for each.
  public let port: ValuePath?
  public let layout: BinaryLayout

  init(_ value: YAMLValue, _ places: PlaceReader, layout: BinaryLayout) throws(YAMLError) {
    let entry = try value.mapping(known: ["at", "as", "port"])
    at = try places.place(entry.required("at"))
    encoding = try entry.required("as").choice(Encoding.self)
    port = try entry["port"].map(places.place)
    self.layout = layout
  }

  init(at: ValuePath, encoding: Encoding, port: ValuePath?, layout: BinaryLayout) {
    self.at = at
    self.encoding = encoding
    self.port = port
    self.layout = layout
  }

  /// The bytes that a text stands for; nil where it stands for none.
  func bytes(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    switch encoding {
    case .base64: Data(base64Encoded: Data(text)).map(Array.init)
    case .hex: EncodedBytes.bytes(hex: text)
    }
  }

  private static func bytes(hex text: UnsafeRawBufferPointer) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for place in stride(from: 0, to: text.count, by: 2) {
      guard let high = Character(Unicode.Scalar(text[place])).hexDigitValue,
        let low = Character(Unicode.Scalar(text[place + 1])).hexDigitValue
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}
