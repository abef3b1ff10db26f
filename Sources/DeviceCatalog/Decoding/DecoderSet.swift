import Telemetry
import WireFormats

/// The decoders of a catalogue's profiles, and the readers that they share. One thread.
public final class DecoderSet {
  /// Bytes behind a payload that must be readable; their content does not matter.
  public static let padding = JSONDocument.padding

  /// By profile.
  public let decoders: [PayloadDecoder]
  /// What formats of named values read into; also those that are read elsewhere.
  public let fields = FieldRecords()
  /// The payload that was parsed last, by a profile for JSON.
  let document: JSONDocument
  /// The document is that of the payload.
  private var isParsed = false

  public init(_ profiles: [Profile], zone: Zone, maxPayloadBytes: Int) {
    decoders = profiles.map { PayloadDecoder($0, zone: zone) }
    document = JSONDocument(maxBytes: maxPayloadBytes)
  }

  /// Decodes a payload by the first of the profiles whose conditions it meets.
  ///
  /// - Parameters:
  ///   - payload: may be read up to `padding` bytes behind its end.
  ///   - profiles: indices; one at least.
  /// - Returns: the profile that decoded it, or was the last to refuse it, and why.
  public func decode(
    _ payload: UnsafeRawBufferPointer, by profiles: [Int]
  ) -> (profile: Int, refusal: Refusal?) {
    guard payload.count > 0 else { return (profiles[0], Refusal(.empty, "the payload is empty")) }
    isParsed = false
    var refused: (profile: Int, refusal: Refusal)?
    for profile in profiles {
      switch ask(profile, payload) {
      case .has(let refusal): return (profile, refusal)
      case .cannotRead(let refusal): refused = (profile, refusal)
      case .passesOn: break
      }
    }
    return refused ?? (profiles[0], Refusal(.noProfile, noneAccepts(profiles)))
  }

  /// What one profile says to a payload.
  enum Answer {
    /// It is of the profile, decoded or refused.
    case has(Refusal?)
    /// It is not of the profile's format.
    case cannotRead(Refusal)
    /// The profile's conditions do not hold.
    case passesOn
  }

  /// Decodes a payload by one profile; of several that are asked in turn only the first is asked with a new payload.
  @inline(__always)
  private func ask(_ profile: Int, _ payload: UnsafeRawBufferPointer) -> Answer {
    let decoder = decoders[profile]
    if let refusal = read(payload, by: decoder.profile.payload) {
      decoder.reset()
      return .cannotRead(refusal)
    }
    if decoder.profile.payload.isFlat {
      let decoded = decoder.decode(fields)
      return decoded.isAccepted ? .has(decoded.refusal) : .passesOn
    }
    return decoder.accepts(document) ? .has(decoder.decode(document)) : .passesOn
  }

  /// What one profile alone says to a payload, which is not empty.
  func answer(of profile: Int, to payload: UnsafeRawBufferPointer) -> Answer {
    isParsed = false
    return ask(profile, payload)
  }

  /// Decodes what was read into `fields`, by a profile of named values.
  ///
  /// - Parameter isRetelling: what stands now is told again: no amounts that happened are in it.
  /// - Returns: why all of it is refused; nil where it is good.
  public func decodeFields(by profile: Int, isRetelling: Bool = false) -> Refusal? {
    guard let refusal = overfull ?? without else {
      return decoders[profile].decode(fields, isRetelling: isRetelling).refusal
    }
    decoders[profile].reset()
    return refusal
  }

  /// Reads the payload into `document` or `fields`; nil where it is of the format, else what is wrong with it.
  private func read(_ payload: UnsafeRawBufferPointer, by format: PayloadFormat) -> Refusal? {
    switch format {
    case .json: return parse(payload)
    case .fields(let format): return fill { format.read(payload, into: fields) }
    case .senMLJSON: return parse(payload) ?? fill { SenMLDocument.read(document, into: fields) }
    case .sparkplugB: return Refusal(.topic, "the third level of the topic is no type of Sparkplug message")
    }
  }

  /// Has the payload parsed as JSON, unless it was already.
  private func parse(_ payload: UnsafeRawBufferPointer) -> Refusal? {
    if !isParsed, let problem = document.parse(payload) { return Refusal(.malformed, problem) }
    isParsed = true
    return nil
  }

  private func fill(_ read: () -> Refusal?) -> Refusal? {
    fields.removeAll()
    return read() ?? overfull ?? without
  }

  private var without: Refusal? {
    fields.records.isEmpty ? Refusal(.noMetric, "the payload holds no values") : nil
  }

  private var overfull: Refusal? {
    fields.isOverfull ? Refusal(.malformed, FieldRecords.overfullSentence) : nil
  }

  private func noneAccepts(_ profiles: [Int]) -> String {
    let names = profiles.map { decoders[$0].profile.name }.joined(separator: ", ")
    return "the conditions of no profile that claims the topic hold: \(names)"
  }
}
