import Telemetry
import WireFormats

/// Makes the explanation of a message that has just been decoded.
///
/// Values and what became of them come from `RecordTrace`, which the decoder's own readers fill; where they stand is
/// looked up once more, in a tree of the message, in the same order.
struct ExplanationMaker {
  private let decoding: MessageDecoder.Decoding
  private let catalogue: Catalogue
  /// The message, where the profile that has it reads JSON.
  private var document: JSONTree?
  private var places = UnreadPlaces()
  /// Behind `mostRecords`.
  private var moreRecords = 0

  /// Further records are counted.
  private static let mostRecords = 100

  init(_ decoding: MessageDecoder.Decoding, _ catalogue: Catalogue) {
    self.decoding = decoding
    self.catalogue = catalogue
  }

  mutating func explanation(of topic: String) -> Explanation {
    let records = records()
    return Explanation(
      topic: topic, payloadBytes: decoding.payload.count, candidates: CandidateQuestions(decoding).candidates(),
      nearest: decoding.matches.isEmpty ? NearestTopic.find(topic, in: catalogue, count: 3) : [],
      session: decoding.heard.map(\.text), records: records, moreRecords: moreRecords, unread: unread(),
      outcome: decoding.outcome)
  }

  /// Something of the message was decoded by the profile that has it.
  private var profile: Profile? {
    switch decoding.outcome {
    case .success(let message): message.profile
    case .failure(let refused) where refused.refusal.reason != .noProfile: refused.profile
    case .failure: nil
    }
  }

  // MARK: Records

  private mutating func records() -> [Explanation.Record] {
    guard let decoders = decoding.decoders, let profile, !decoding.payload.isEmpty || decoding.heard != nil else {
      return []
    }
    if isUnreadable { return [] }
    let decoder = decoders.decoders[decoding.index]
    if profile.payload.isFlat {
      let traces = decoder.traces(of: decoders.fields, isRetelling: decoding.heard?.isRetelling ?? false)
      moreRecords = max(0, traces.count - Self.mostRecords)
      return traces.prefix(Self.mostRecords).map { record($0, of: decoder, fields: $0.fields) }
    }
    let tree = JSONTree(decoders.document)
    document = tree
    let traces = decoder.traces(of: decoders.document)
    let matches = recordPlaces(of: profile, in: tree)
    moreRecords = max(0, traces.count - Self.mostRecords)
    return traces.prefix(Self.mostRecords).map { trace in record(trace, of: decoder, at: matches[trace.number]) }
  }

  /// The payload is not of the format, or the host application refuses it.
  private var isUnreadable: Bool {
    if let heard = decoding.heard { return !heard.hasValues }
    guard let decoders = decoding.decoders else { return true }
    if case .cannotRead = decoders.answer(of: decoding.index, to: decoding.payload) { return true }
    return false
  }

  /// Where the decoder finds records, in its order.
  private func recordPlaces(of profile: Profile, in tree: JSONTree) -> [JSONTree.Match] {
    for path in profile.records {
      if case .success(let matches) = JSONTree.matches(of: path, from: JSONTree.Match(tree)) { return matches }
    }
    return []
  }

  private mutating func record(
    _ trace: RecordTrace, of decoder: PayloadDecoder, at place: JSONTree.Match
  ) -> Explanation.Record {
    let isInBytes = decoder.profile.bytes != nil
    if isInBytes { places.add(trace.fields) }
    return record(
      trace, decoder, RecordView.tree(place), values: isInBytes ? .named(trace.fields) : .tree(place),
      name: place.place.pointer)
  }

  private mutating func record(
    _ trace: RecordTrace, of decoder: PayloadDecoder, fields: [NamedValue]
  ) -> Explanation.Record {
    places.add(fields)
    let view = RecordView.named(fields)
    return record(trace, decoder, view, values: view, name: "record \(trace.number + 1)")
  }

  private mutating func record(
    _ trace: RecordTrace, _ decoder: PayloadDecoder, _ head: RecordView, values: RecordView, name: String
  ) -> Explanation.Record {
    let profile = decoder.profile
    let captures = decoding.matches[decoding.index].match.captures
    if let bytes = profile.bytes { look(head.looks(at: bytes.at) + (bytes.port.map { head.looks(at: $0) } ?? [])) }
    if case .message(let path) = profile.identity { look(head.looks(at: path)) }
    return Explanation.Record(
      place: name, device: source(profile.device, in: head, captures), time: moment(trace, profile, in: head),
      tags: profile.tags.map { ($0.name, source($0.source, in: head, captures)) },
      metrics: metrics(trace, profile, in: values), refusal: trace.refusal)
  }

  // MARK: Device, tags, time

  private mutating func source(
    _ source: FieldSource, in view: RecordView, _ captures: [String: String]
  ) -> Explanation.Source {
    var words: [String?] = []
    var phrases: [String] = []
    for part in source.parts {
      switch part {
      case .literal(let text): words.append(text)
      case .topic(let name):
        words.append(captures[name] ?? "")
        phrases.append(
          captures[name].map { "{\(name)} of the topic is '\($0.inOneLine(atMost: 60))'" }
            ?? "the topic has no {\(name)}")
      case .key(let name):
        words.append(view.keys[name])
        phrases.append("{\(name)} on the way to the record is '\((view.keys[name] ?? "").inOneLine(atMost: 60))'")
      case .payload(let paths):
        let looks = view.looks(atFirstOf: paths)
        look(looks)
        words.append(looks.last?.found?.word)
        phrases += looks.map(\.text)
      }
    }
    return Explanation.Source(
      text: words.contains(nil) ? nil : words.compactMap { $0 }.joined(), parts: phrases)
  }

  private mutating func moment(_ trace: RecordTrace, _ profile: Profile, in view: RecordView) -> Explanation.Moment {
    guard let source = profile.time else {
      let note = profile.payload.hasTimes ? "the format says it" : "the profile looks for none"
      return Explanation.Moment(time: trace.time, looks: [], note: note)
    }
    let looks = view.looks(atFirstOf: source.at)
    look(looks)
    let elseReceipt = source.allowsReceipt ? "; else that of the receipt" : ""
    return Explanation.Moment(time: trace.time, looks: looks, note: "read as \(source.format.rawValue)\(elseReceipt)")
  }

  // MARK: Metrics

  private mutating func metrics(
    _ trace: RecordTrace, _ profile: Profile, in view: RecordView
  ) -> [Explanation.MetricFound] {
    let values = view.named(by: profile.named)
    return profile.metrics.enumerated().map { index, metric in
      let looks = looks(for: metric, in: view, named: values)
      look(looks)
      look(view.looks(atFirstOf: metric.unitPlaces) + view.looks(atFirstOf: metric.time?.at ?? []))
      let found = looks.filter { $0.found != nil }
      let traced = trace.values.filter { $0.metric == index }
      return Explanation.MetricFound(
        metric: metric, looks: looks,
        values: traced.enumerated().map { number, value in
          let place = found.indices.contains(number) ? found[number].place : metric.source.text
          return Explanation.ValueFound(value, of: metric, at: place)
        })
    }
  }

  private mutating func looks(
    for metric: Metric, in view: RecordView, named: [RecordView.Named]
  ) -> [Explanation.Look] {
    switch metric.source {
    case .at(let paths): return view.looks(atFirstOf: paths)
    case .count(let path, _): return view.looks(at: path.container)
    case .called(let names):
      let called = named.filter { value in names.contains { $0.utf8.elementsEqual(value.name.utf8) } }
      look(called.flatMap(\.besides))
      guard called.isEmpty else { return called.map(\.look) }
      let others = named.map(\.name)
      return [
        Explanation.Look(
          names.joined(separator: " or "),
          deadEnd: others.isEmpty ? "there are no named values" : "there are \(JSONTree.list(others))")
      ]
    }
  }

  // MARK: What is not read

  private mutating func look(_ looks: [Explanation.Look]) { places.look(looks) }

  private mutating func unread() -> [Explanation.Look] {
    if let document {
      let view = RecordView.tree(JSONTree.Match(document))
      for condition in decoding.matches[decoding.index].profile.conditions { look(view.looks(at: condition.at)) }
    }
    return places.places(of: document)
  }
}
