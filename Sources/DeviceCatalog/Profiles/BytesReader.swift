import StrictYAML
import WireFormats

/// Reads what a profile says of the bytes in its messages: the keys `bytes` and `layout`.
struct BytesReader {
  /// The formats that such bytes can have; they need no options.
  private enum Format: String, CaseIterable {
    case hj212
    case sl651
    case szy206
    case cjt188
    case senMLCBOR = "senml-cbor"

    var format: any WireFormat {
      switch self {
      case .hj212: HJ212()
      case .sl651: SL651()
      case .szy206: SZY206()
      case .cjt188: CJT188()
      case .senMLCBOR: SenMLCBOR()
      }
    }
  }

  private let entry: YAMLMapping?
  /// Nil where the messages hold no bytes that are read.
  let form: EncodedBytes.Form?

  /// - Parameters:
  ///   - root: of the profile.
  ///   - server: knows where the bytes stand; only their form can be said then.
  init(_ root: YAMLMapping, layout: BinaryLayout?, server: NetworkServer?) throws(YAMLError) {
    let value = root["bytes"]
    entry = try value?.mapping(known: server == nil ? ["at", "as", "port", "format"] : ["format"])
    if let format = entry?["format"] {
      if layout != nil { throw format.error("bytes have a 'format' or a 'layout', not both") }
      form = .format(try format.choice(Format.self).format)
    } else {
      form = layout.map(EncodedBytes.Form.layout)
    }
    if let value, form == nil {
      throw value.error("bytes need a 'format', or the 'layout' by which they are read")
    }
  }

  /// Where the profile says that they stand; nil where it does not.
  func bytes(_ places: PlaceReader) throws(YAMLError) -> EncodedBytes? {
    guard let entry, let form else { return nil }
    return try EncodedBytes(entry, places, form: form)
  }
}
