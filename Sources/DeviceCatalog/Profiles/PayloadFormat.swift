import StrictYAML
import WireFormats

/// The wire formats that a profile can name.
public enum PayloadFormat: Sendable {
  /// A tree of values, in which places are paths.
  case json
  /// Records of named values, in which a place is `/name`.
  case fields(any WireFormat)
  /// The same, of which a message means something only after others: a host application reads them.
  case sparkplugB
  /// Records of named values, read from a tree: SenML in JSON.
  case senMLJSON

  /// A place is `/name`, and no more.
  var isFlat: Bool { if case .json = self { false } else { true } }

  /// Its records have times of their own.
  var hasTimes: Bool {
    switch self {
    case .json: false
    case .fields(let format): format.hasTimes
    case .senMLJSON, .sparkplugB: true
    }
  }

  /// Its numbers have units of their own.
  var hasUnits: Bool {
    switch self {
    case .json, .sparkplugB: false
    case .fields(let format): format.hasUnits
    case .senMLJSON: true
    }
  }

  private enum Word: String, CaseIterable {
    case json
    case value
    case csv
    case hj212
    case sl651
    case szy206
    case cjt188
    case lineProtocol = "line-protocol"
    case binary
    case sparkplugB = "sparkplug-b"
    case ttnV3 = "ttn-v3"
    case chirpStackV4 = "chirpstack-v4"
    case senMLJSON = "senml-json"
    case senMLCBOR = "senml-cbor"
  }

  /// The keys of a profile that belong to one format.
  static let optionKeys = ["csv", "precision", "layout", "bytes"]
  private static let owners: [String: [Word]] = [
    "csv": [.csv], "precision": [.lineProtocol], "layout": [.binary, .json, .ttnV3, .chirpStackV4],
    "bytes": [.json, .ttnV3, .chirpStackV4],
  ]

  /// - Parameters:
  ///   - root: of the profile.
  ///   - layout: what its key `layout` says.
  /// - Returns: also the network server that puts the payload into its envelope.
  static func read(
    _ root: YAMLMapping, layout: BinaryLayout?
  ) throws(YAMLError) -> (format: PayloadFormat, server: NetworkServer?) {
    let value = try root.required("payload")
    let word = try value.choice(Word.self)
    for key in optionKeys {
      guard let extra = root[key], let owners = owners[key], !owners.contains(word) else { continue }
      throw extra.error("'\(key)' is for payloads that are \(owners.map(\.rawValue).joined(separator: ", "))")
    }
    switch word {
    case .ttnV3: return (.json, .theThingsStackV3)
    case .chirpStackV4: return (.json, .chirpStackV4)
    default: return (try PayloadFormat(word, root, value, layout), nil)
    }
  }

  private init(
    _ word: Word, _ root: YAMLMapping, _ value: YAMLValue, _ layout: BinaryLayout?
  ) throws(YAMLError) {
    switch word {
    case .json, .ttnV3, .chirpStackV4: self = .json
    case .binary:
      guard let layout else { throw value.error("a binary payload needs its 'layout'") }
      self = .fields(layout)
    case .sparkplugB: self = .sparkplugB
    case .value: self = .fields(PlainValue())
    case .csv: self = .fields(try CSV(root["csv"]))
    case .hj212: self = .fields(HJ212())
    case .sl651: self = .fields(SL651())
    case .szy206: self = .fields(SZY206())
    case .cjt188: self = .fields(CJT188())
    case .senMLJSON: self = .senMLJSON
    case .senMLCBOR: self = .fields(SenMLCBOR())
    case .lineProtocol:
      let precision = try root["precision"].map { value throws(YAMLError) in
        try value.choice(LineProtocol.Precision.self)
      }
      self = .fields(LineProtocol(precision: precision ?? .nanoseconds))
    }
  }
}

extension CSV {
  /// - Parameter value: of the key `csv`; nil for a table as RFC 4180 has it, with a header.
  fileprivate init(_ value: YAMLValue?) throws(YAMLError) {
    guard let value else {
      self.init()
      return
    }
    let options = try value.mapping(known: ["separator", "columns", "decimal_comma", "trim", "skip_lines"])
    let separator = try options["separator"]?.string() ?? ","
    guard separator.utf8.count == 1, let byte = separator.utf8.first else {
      throw value.error("'separator' is one ASCII character, such as ',', ';' or a tab")
    }
    let names = try options["columns"]?.items().map { item throws(YAMLError) in try item.string() }
    let hasDecimalComma = try options["decimal_comma"]?.boolean() ?? false
    let trimsBlanks = try options["trim"]?.boolean() ?? false
    let skippedLines = try options["skip_lines"]?.integer(in: 0...1000) ?? 0
    do {
      try self.init(
        separator: byte, columns: names.map(Columns.named) ?? .header, hasDecimalComma: hasDecimalComma,
        trimsBlanks: trimsBlanks, skippedLines: skippedLines)
    } catch {
      throw value.error(error.message)
    }
  }
}
