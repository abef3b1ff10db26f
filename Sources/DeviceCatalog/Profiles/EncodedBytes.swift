import Foundation
import StrictYAML
import WireFormats

/// Bytes that stand in a JSON message as text, and how they are read: what a LoRaWAN network server hands on of a device.
public struct EncodedBytes: Sendable {
  public enum Encoding: String, CaseIterable, Sendable {
    case base64
    case hex
  }

  /// How the bytes are read.
  public enum Form: Sendable {
    case layout(BinaryLayout)
    case format(any WireFormat)
  }

  public let at: ValuePath
  public let encoding: Encoding
  /// Where the port stands; a layout may be one for each.
  public let port: ValuePath?
  public let form: Form

  /// Their records have times of their own.
  var hasTimes: Bool { if case .format(let format) = form { format.hasTimes } else { false } }
  /// Their numbers have units of their own.
  var hasUnits: Bool { if case .format(let format) = form { format.hasUnits } else { false } }

  /// - Parameter entry: the key `bytes` of a profile.
  init(_ entry: YAMLMapping, _ places: PlaceReader, form: Form) throws(YAMLError) {
    at = try places.place(entry.required("at"))
    encoding = try entry.required("as").choice(Encoding.self)
    port = try entry["port"].map(places.place)
    self.form = form
  }

  init(at: ValuePath, encoding: Encoding, port: ValuePath?, form: Form) {
    self.at = at
    self.encoding = encoding
    self.port = port
    self.form = form
  }

  /// Reads what `bytes` made of a text.
  func read(_ payload: UnsafeRawBufferPointer, port: UInt8?, into records: FieldRecords) -> Refusal? {
    switch form {
    case .layout(let layout): layout.read(payload, port: port, into: records)
    case .format(let format): format.read(payload, into: records)
    }
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
