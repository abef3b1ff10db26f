import Telemetry

@testable import DeviceCatalog

/// The decoder of one profile, as tests ask it.
final class OneProfile {
  private let decoders: DecoderSet
  private var payload: [UInt8] = []

  var decoder: PayloadDecoder { decoders.decoders[0] }
  var profile: Profile { decoder.profile }
  var values: ContiguousArray<DecodedValue> { decoder.values }
  /// Of the first record.
  var time: Timestamp? { if case .at(let moment)? = decoder.records.first?.time { moment } else { nil } }
  var tags: [(name: String, value: String)] { decoder.records.first.map { decoder.tags(of: $0, captures: [:]) } ?? [] }

  init(_ profile: String) throws {
    let units = CatalogueFiles.builtIn.all.filter(\.isUnitTable)
    let file = CatalogueFiles.File(name: "p0.yaml", text: profile, isBuiltIn: false)
    decoders = DecoderSet(
      try Catalogue(CatalogueFiles(units + [file])).profiles, zone: Zone { _ in 28800 }, maxPayloadBytes: 1 << 20)
  }

  func decode(_ payload: [UInt8]) -> PayloadDecoder.Refusal? {
    // Texts among what is found stand in it.
    self.payload = payload + [UInt8](repeating: 0x7D, count: DecoderSet.padding)
    return self.payload.withUnsafeBytes {
      decoders.decode(UnsafeRawBufferPointer(rebasing: $0[..<payload.count]), by: [0]).refusal
    }
  }

  /// A sentence for each reading: `device metric value time`, in the order of the message.
  func readings(of payload: String) -> [String] {
    if let refusal = decode(Array(payload.utf8)) { return ["refused: \(refusal.reason.rawValue)"] }
    return decoder.records.flatMap { record in
      let device = decoder.device(of: record, captures: [:]) ?? "?"
      let time =
        switch record.time {
        case .ofReceipt: "receipt"
        case .at(let moment): "\(moment.seconds)"
        case .sinceReceipt(let duration): "receipt+\(duration)"
        case .refused(let refusal): "no-\(refusal.reason.rawValue)"
        }
      return decoder.values[record.values].map { value in
        let metric = profile.metrics[value.metric]
        let text =
          value.quality != .good
          ? "!\(value.quality.reason)"
          : metric.kind == .state ? metric.states.names[Int(value.value)] : value.number.text
        return "\(device) \(metric.name) \(text) \(time)"
      }
    }
  }
}
