import Sparkplug
import StrictYAML
import Telemetry

/// A profile that is proposed from samples: a text that `check` takes and whose examples pass, with what is guessed
/// marked as guesses.
///
/// Invariants
/// - Drafting is a pure function of samples, name and catalogue.
/// - The examples are what the drafted profile itself makes of the samples.
public struct ProfileDraft: Sendable {
  /// Why nothing can be drafted.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// A YAML file.
  public let text: String
  /// Its name.
  public let name: String
  /// Sentences for whoever asked: what the samples are, and who reads them already.
  public let notes: [String]

  /// - Parameters:
  ///   - samples: in the order in which they came.
  ///   - name: of the profile; nil for one from the topic.
  ///   - catalogue: the profiles that there are.
  ///   - zone: for time stamps without one.
  public init(_ samples: [DraftSample], name: String?, catalogue: Catalogue, zone: Zone) throws(Failure) {
    guard let first = samples.first, let guess = PayloadGuess(first) else {
      throw Failure(description: ProfileDraft.unrecognized(samples.first))
    }
    let kind = SampleKind(guess, topic: first.topic)
    let alike = samples.filter { sample in
      PayloadGuess(sample).map { SampleKind($0, topic: sample.topic) } == kind
    }
    guard let table = SampleTable(alike, guess) else {
      throw Failure(description: ProfileDraft.withoutValues(guess))
    }
    var notes: [String] = []
    if alike.count < samples.count {
      notes.append("left out: \(counted(samples.count - alike.count, "sample")) of another kind")
    }
    notes += ProfileDraft.known(alike, guess, catalogue, zone)
    var writer = DraftWriter(alike, guess, table, name: name, catalogue)
    guard !writer.isEmpty else {
      throw Failure(description: "nothing in the samples is a number or a state: \(writer.notRead)")
    }
    writer.remarks = notes
    let (text, profile) = try ProfileDraft.accepted(writer, among: catalogue)
    let examples = DraftExamples(alike, of: profile.name, in: text, among: catalogue, zone: zone)
    self.text = text + examples.text
    self.name = profile.name
    self.notes = ["\(counted(alike.count, "sample")) of payload \(guess.word): \(guess.ground)"] + notes
  }

  static let fileName = "draft.yaml"

  /// The draft as a profile of a catalogue that has all the others.
  ///
  /// - Parameter text: of the draft.
  static func catalogue(_ catalogue: Catalogue, with text: String) throws(YAMLError) -> Catalogue {
    try catalogue.adding(CatalogueFiles.File(name: fileName, text: text, isBuiltIn: false))
  }

  /// Where others claim its topics the draft goes before them.
  private static func accepted(
    _ writer: DraftWriter, among catalogue: Catalogue
  ) throws(Failure) -> (text: String, profile: Profile) {
    var writer = writer
    let highest = catalogue.profiles.map(\.priority).max() ?? 0
    var problem = ""
    for priority in [nil, highest + 1] {
      writer.priority = priority
      do throws(YAMLError) {
        let drafted = try ProfileDraft.catalogue(catalogue, with: writer.text)
        if let profile = drafted.profiles.first(where: { $0.file == fileName }) { return (writer.text, profile) }
      } catch {
        problem = error.description
      }
    }
    throw Failure(description: "the samples lead to no profile: \(problem)")
  }

  // MARK: What is told

  private static func unrecognized(_ sample: DraftSample?) -> String {
    guard let sample, !sample.payload.isEmpty else { return "there is no payload to draft from" }
    let bytes = sample.payload.prefix(8).hex(separator: " ")
    return
      "the payload is of no format that its bytes tell (it begins with \(bytes)); bytes of a device's own need 'payload: binary' with a 'layout': page BinaryLayouts of the documentation"
  }

  private static func withoutValues(_ guess: PayloadGuess) -> String {
    switch guess {
    case .ttnV3, .chirpStackV4:
      "the \(guess.word) message has nothing that the server decoded; its bytes need a 'layout' (page BinaryLayouts), or are read by the built-in profile \(guess == .ttnV3 ? "ttn-lpp" : "chirpstack-lpp") where they are Cayenne LPP"
    case .sparkplugB: "Sparkplug data means nothing without births: add messages of NBIRTH and DBIRTH"
    default: "the payload, \(guess.word), holds no values"
    }
  }

  /// Which profiles have the samples already: on their topics, or on others.
  private static func known(
    _ samples: [DraftSample], _ guess: PayloadGuess, _ catalogue: Catalogue, _ zone: Zone
  ) -> [String] {
    let decoder = MessageDecoder(catalogue, zone: zone)
    var host = HostApplication()
    for sample in samples {
      guard
        case .success(let message) = decoder.decode(
          topic: Array(sample.topic.utf8), payload: sample.payload, host: &host)
      else { continue }
      return [
        "the profile \(message.profile.name) (\(message.profile.file)) decodes this already: \(counted(message.readings.count, "reading"))"
      ]
    }
    guard let model = model(of: guess, in: catalogue) else { return [] }
    let topics = model.topics.map(\.text).joined(separator: ", ")
    return ["the profile \(model.name) (\(model.file)) reads this format on \(topics): take it where its names fit"]
  }

  /// The built-in profile of a format; nil for JSON, of which each is another.
  static func model(of guess: PayloadGuess, in catalogue: Catalogue) -> Profile? {
    if guess == .json { return nil }
    let readers = catalogue.profiles.filter { $0.payloadName == guess.word }
    return readers.first { $0.name == guess.word } ?? readers.first
  }
}
