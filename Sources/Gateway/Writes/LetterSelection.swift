import DeviceCatalog
import Storage
import Telemetry

/// Which dead letters are meant: by reason, profile, topic and id; what is not named does not matter.
struct LetterSelection: Sendable {
  static let parameters = [
    Parameter(
      "reason", .word(of: DeadLetterReason.allCases.map(\.rawValue), isList: true), "reasons, parted by commas",
      mayRepeat: true),
    Parameter("profile", .names, "profiles that refused them, parted by commas", mayRepeat: true),
    Parameter("topic", .topicFilter, "a topic filter with + and #", mayRepeat: true),
    Parameter("id", .ids, "numbers of letters, parted by commas", mayRepeat: true),
  ]

  private let reasons: [String]?
  private let profiles: [String]?
  private let topics: [TopicFilter]
  private let ids: Set<UInt64>

  init(_ parameters: QueryParameters) throws(QueryError) {
    let reasons = parameters.words("reason")
    for word in reasons where DeadLetterReason(rawValue: word) == nil {
      throw QueryError(
        "reason='\(word)' is none of \(DeadLetterReason.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.reasons = reasons.isEmpty ? nil : reasons
    let profiles = parameters.words("profile")
    self.profiles = profiles.isEmpty ? nil : profiles
    // A comma may stand in a topic.
    for filter in parameters.all("topic") {
      if let problem = TopicFilters.problem(with: filter) { throw QueryError("topic='\(filter)': \(problem)") }
    }
    topics = parameters.all("topic").map { TopicFilter($0) }
    var ids: Set<UInt64> = []
    for word in parameters.words("id") {
      guard let id = UInt64(word) else { throw QueryError("'\(word)' is no dead letter's id; expected a number") }
      ids.insert(id)
    }
    self.ids = ids
  }

  private static let lettersAtOnce = 64

  /// The letters of a snapshot, the newest first.
  ///
  /// - Parameter before: only those with smaller ids.
  func newest(_ snapshot: StoreSnapshot, before: UInt64?, limit: Int, _ view: LetterView) throws -> [DeadLetter] {
    var found: [DeadLetter] = []
    var before = before
    while found.count < limit {
      let page = try snapshot.deadLetters(
        reasons: reasons, profiles: profiles, span: 0..<(before ?? .max), order: .newestFirst,
        limit: topics.isEmpty && ids.isEmpty && view.showsAll ? limit : max(limit, Self.lettersAtOnce))
      found += page.filter { isMeant($0) && view.shows($0) }.prefix(limit - found.count)
      guard let last = page.last, page.count >= limit else { break }
      before = last.id
    }
    return found
  }

  /// The first letters of a snapshot, the oldest first, few at a time: payloads may be large.
  ///
  /// - Parameter span: of ids.
  /// - Returns: the letters that are meant, and the span that is still to be looked at; nil where there is none.
  func oldest(
    _ snapshot: StoreSnapshot, in span: Range<UInt64>, _ view: LetterView
  ) throws -> (letters: [DeadLetter], rest: Range<UInt64>?) {
    let page = try snapshot.deadLetters(
      reasons: reasons, profiles: profiles, span: span, order: .oldestFirst, limit: Self.lettersAtOnce)
    let rest = page.count < Self.lettersAtOnce ? nil : page.last.map { $0.id + 1..<span.upperBound }
    return (page.filter { isMeant($0) && view.shows($0) }, rest)
  }

  private func isMeant(_ letter: DeadLetter) -> Bool {
    (ids.isEmpty || ids.contains(letter.id))
      && (topics.isEmpty || letter.topic.withUnsafeBytes { topic in topics.contains { $0.matches(topic) } })
  }
}
