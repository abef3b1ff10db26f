import Sparkplug
import Telemetry
import WireFormats

/// What a payload is by its bytes: the word of a profile's `payload`, and what a profile need say beside it.
enum PayloadGuess: Equatable {
  case json
  case value
  case csv(separator: Character, hasDecimalComma: Bool)
  case lineProtocol(LineProtocol.Precision)
  case hj212
  case sl651
  case szy206
  case cjt188
  case senMLJSON
  case senMLCBOR
  case sparkplugB
  /// With what the server decoded.
  case ttnV3
  case chirpStackV4

  /// The word, as it stands behind `payload:`.
  var word: String {
    switch self {
    case .json: "json"
    case .value: "value"
    case .csv: "csv"
    case .lineProtocol: "line-protocol"
    case .hj212: "hj212"
    case .sl651: "sl651"
    case .szy206: "szy206"
    case .cjt188: "cjt188"
    case .senMLJSON: "senml-json"
    case .senMLCBOR: "senml-cbor"
    case .sparkplugB: "sparkplug-b"
    case .ttnV3: "ttn-v3"
    case .chirpStackV4: "chirpstack-v4"
    }
  }

  /// By which it was recognised.
  var ground: String {
    switch self {
    case .json: "it is a JSON object or list"
    case .value: "it is one value alone"
    case .csv(let separator, _): "lines with the same number of '\(separator == "\t" ? "tab" : String(separator))'"
    case .lineProtocol: "it reads as InfluxDB line protocol"
    case .hj212: "it begins with ## and its checksum fits"
    case .sl651: "it is a frame that begins with 7E7E and its checksum fits"
    case .szy206, .cjt188: "it is a frame that begins with 68 and its checksum fits"
    case .senMLJSON: "a list of records with the labels of RFC 8428"
    case .senMLCBOR: "it is CBOR, with the labels of RFC 8428"
    case .sparkplugB: "its topic begins with \(SparkplugTopic.namespace)"
    case .ttnV3: "the envelope of The Things Stack"
    case .chirpStackV4: "the envelope of ChirpStack"
    }
  }

  /// Its values stand at places of a JSON document; those of other formats have names.
  var isTree: Bool {
    switch self {
    case .json, .ttnV3, .chirpStackV4: true
    default: false
    }
  }

  /// Where a record stands in the message, for servers that wrap it.
  var envelope: [String] {
    switch self {
    case .ttnV3: ["uplink_message", "decoded_payload"]
    case .chirpStackV4: ["object"]
    default: []
    }
  }

  // MARK: Recognising

  /// Nil where the bytes are of no format that can be told by them.
  init?(_ sample: DraftSample) {
    if sample.topic.utf8.starts(with: "\(SparkplugTopic.namespace)/".utf8) {
      self = .sparkplugB
    } else if let tree = JSONDocument(maxBytes: max(1, sample.payload.count)).tree(of: sample.payload) {
      self.init(tree)
    } else if let found = PayloadGuess.frames.first(where: { $0.reads(sample.payload) }) {
      self = found
    } else {
      self.init(text: sample.payload)
    }
  }

  private init(_ tree: JSONTree) {
    switch tree {
    case .leaf: self = .value
    case .list(let records) where !records.isEmpty && records.allSatisfy(\.isSenMLRecord): self = .senMLJSON
    case .list: self = .json
    case .object:
      if tree.member("end_device_ids") != nil, tree.member("uplink_message") != nil {
        self = .ttnV3
      } else if tree.member("deviceInfo")?.member("devEui") != nil {
        self = .chirpStackV4
      } else {
        self = .json
      }
    }
  }

  /// Their checksums and labels leave no doubt.
  private static let frames: [PayloadGuess] = [.hj212, .sl651, .szy206, .cjt188, .senMLCBOR]

  private init?(text payload: [UInt8]) {
    guard let text = String(validating: payload, as: UTF8.self),
      !text.unicodeScalars.contains(where: {
        Identifier.isControlCharacter($0) && !"\r\n\t".unicodeScalars.contains($0)
      })
    else { return nil }
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.isEmpty }
    if let precision = PayloadGuess.precision(of: payload) {
      self = .lineProtocol(precision)
    } else if lines.count > 1, let separator = PayloadGuess.separator(of: lines) {
      self = .csv(separator: separator, hasDecimalComma: separator != "," && text.contains(/(^|[^\d])\d+,\d+([^\d]|$)/))
    } else if lines.count == 1, text.utf8.count <= PlainValue.longestBytes {
      self = .value
    } else {
      return nil
    }
  }

  /// The separator that each line has as often.
  private static func separator(of lines: [Substring]) -> Character? {
    [",", ";", "\t", "|"].first { separator in
      let counts = Set(lines.map { line in line.count { $0 == separator } })
      return counts.count == 1 && counts.first != 0
    }
  }

  /// The precision with which the time stamps of lines are of our days; nil where it is no line protocol.
  private static func precision(of payload: [UInt8]) -> LineProtocol.Precision? {
    let now = Timestamp(seconds: 978_307_200)..<Timestamp(seconds: 4_102_444_800)
    let readable = LineProtocol.Precision.allCases.filter { PayloadGuess.lineProtocol($0).reads(payload) }
    return readable.first { precision in
      let fields = FieldRecords()
      return PayloadGuess.lineProtocol(precision).read(payload, into: fields) {
        fields.records.allSatisfy { if case .at(let time) = $0.time { now.contains(time) } else { false } }
      } ?? false
    } ?? readable.first
  }

  // MARK: Reading

  private var format: (any WireFormat)? {
    switch self {
    case .hj212: HJ212()
    case .sl651: SL651()
    case .szy206: SZY206()
    case .cjt188: CJT188()
    case .senMLCBOR: SenMLCBOR()
    case .value: PlainValue()
    case .lineProtocol(let precision): LineProtocol(precision: precision)
    case .csv(let separator, let hasDecimalComma):
      try? CSV(
        separator: separator.asciiValue ?? UInt8(ascii: ","), hasDecimalComma: hasDecimalComma, trimsBlanks: true)
    case .json, .senMLJSON, .sparkplugB, .ttnV3, .chirpStackV4: nil
    }
  }

  private func reads(_ payload: [UInt8]) -> Bool { read(payload, into: FieldRecords()) { true } ?? false }

  /// Reads a payload by the format and looks at what was found, while it is there.
  ///
  /// - Returns: nil where it is not of the format, or holds no value.
  func read<Answer>(_ payload: [UInt8], into fields: FieldRecords, _ body: () -> Answer) -> Answer? {
    if self == .senMLJSON {
      let document = JSONDocument(maxBytes: max(1, payload.count))
      guard document.tree(of: payload) != nil, SenMLDocument.read(document, into: fields) == nil else { return nil }
      return body()
    }
    guard let format else { return nil }
    return payload.withUnsafeBytes { bytes in
      format.read(bytes, into: fields) == nil && !fields.fields.isEmpty ? body() : nil
    }
  }
}

extension JSONTree {
  /// An object with labels of SenML, and no others that matter.
  fileprivate var isSenMLRecord: Bool {
    guard case .object(let members) = self else { return false }
    let labels: Set = ["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut"]
    return members.allSatisfy { labels.contains($0.key) } && members.contains { ["n", "bn"].contains($0.key) }
  }
}
