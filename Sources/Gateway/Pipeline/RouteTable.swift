import DeviceCatalog
import Glibc
import Ingest
import Sparkplug
import Storage
import Telemetry

/// Where the messages of one topic go: resolved once, then found by the topic's hash.
struct Route {
  /// Index among the route table's counters.
  let counters: Int
  /// The profiles that claim the topic, in the order in which they are asked, as indices in the catalogue; empty where
  /// none does, or the topic breaks the rule for topics.
  let profiles: [Int]
  /// By profile, in that order.
  var claims: [Claim]
  /// A number of its own, part of the tags' fingerprint.
  let number: UInt64
  /// Whose messages they are, where they are Sparkplug's.
  let sparkplug: SparkplugTopic?
  /// The host application's number of the node; resolved with the first message.
  var edgeNode: Int?

  /// What the topic says to a profile.
  struct Claim {
    let captures: [String: String]
    /// The binding where the topic alone names the device; resolved with the first good message.
    var binding: Int?
  }

  /// The place of a profile among the claims.
  @inline(__always)
  func claim(of profile: Int) -> Int { profiles.firstIndex(of: profile) ?? 0 }
}

/// Topics seen, by hash, and the ledger's counters of their routes.
///
/// Invariants
/// - A hit is checked against the topic's bytes: topics of one hash do not share a route.
/// - Route 0 is that of all topics that break the rule for topics; they are looked at anew each time and not kept.
/// - At most `limits.topics` topics of together `limits.bytes` bytes are kept; beyond, all are forgotten and resolved
///   anew, so that hostile topics cost time but no more memory.
struct RouteTable {
  struct Limits {
    var topics = 262_144
    var bytes = 32 << 20
  }

  private let limits: Limits
  private let catalogue: Catalogue
  private let longestTopicBytes: Int
  private var routes: [Route] = []
  private var topics: [[UInt8]] = []
  private var topicBytes = 0
  private var indices: [UInt64: Int] = [:]
  private(set) var counters: [RouteCounters] = []
  private var counterIndices: [String: Int] = [:]
  private var dirtyCounters: [Int] = []
  private var routesMade: UInt64 = 0
  /// For those who look whether anything comes.
  private(set) var survey: TopicSurvey

  /// - Parameter filters: what is subscribed to.
  init(
    _ catalogue: Catalogue, accounts: [String: Account], filters: [String] = [], longestTopicBytes: Int,
    limits: Limits = Limits()
  ) {
    self.catalogue = catalogue
    survey = TopicSurvey(filters: filters)
    self.longestTopicBytes = longestTopicBytes
    self.limits = limits
    for (route, account) in accounts.sorted(by: { $0.key < $1.key }) {
      counterIndices[route] = counters.count
      counters.append(RouteCounters(route: route, account: account))
    }
    addRefusedRoute()
  }

  private mutating func addRefusedRoute() {
    routes.append(
      Route(counters: counterIndex(Ledger.noRoute), profiles: [], claims: [], number: 0, sparkplug: nil))
    topics.append([])
  }

  /// The index of a topic's route.
  mutating func index(of topic: UnsafeRawBufferPointer, hash: UInt64) -> Int {
    if let index = indices[hash], isEqual(topics[index], topic) { return index }
    return resolve(topic, hash: hash)
  }

  @inline(__always)
  private func isEqual(_ known: [UInt8], _ topic: UnsafeRawBufferPointer) -> Bool {
    guard known.count == topic.count, let start = topic.baseAddress else { return known.count == topic.count }
    return known.withUnsafeBytes { memcmp($0.baseAddress!, start, topic.count) } == 0
  }

  private mutating func resolve(_ topic: UnsafeRawBufferPointer, hash: UInt64) -> Int {
    if TopicRule.problem(with: topic, longestBytes: longestTopicBytes) != nil {
      survey.take(topic, isClaimed: true)
      return 0
    }
    if count >= limits.topics || topicBytes + topic.count > limits.bytes {
      routes.removeAll()
      topics.removeAll()
      indices.removeAll()
      topicBytes = 0
      addRefusedRoute()
    }
    topicBytes += topic.count
    let matches = catalogue.matches(topic)
    let sparkplug = catalogue.sparkplugTopic(topic, matches)
    // All messages of a node are wanted for its devices' sake; that data is for nobody may be news.
    survey.take(topic, isClaimed: !matches.isEmpty || sparkplug.map { $0.kind != .data } ?? false)
    routesMade += 1
    let name = matches.first?.template.text ?? (sparkplug != nil ? Self.sessionRoute : Ledger.noRoute)
    routes.append(
      Route(
        counters: counterIndex(name), profiles: matches.map(\.profile),
        claims: matches.map { Route.Claim(captures: $0.captures) }, number: routesMade, sparkplug: sparkplug))
    topics.append(Array(topic))
    indices[hash] = routes.count - 1
    return routes.count - 1
  }

  /// The route of Sparkplug messages that no profile is for.
  private static let sessionRoute = "\(SparkplugTopic.namespace)/#"

  subscript(index: Int) -> Route {
    _read { yield routes[index] }
    _modify { yield &routes[index] }
  }

  /// Topics remembered.
  var count: Int { routes.count - 1 }

  /// Why a message on a topic without a profile is a dead letter.
  mutating func refusal(of topic: UnsafeRawBufferPointer, at index: Int) -> PayloadDecoder.Refusal {
    if index == 0, let problem = TopicRule.problem(with: topic, longestBytes: longestTopicBytes) {
      return PayloadDecoder.Refusal(.topic, problem)
    }
    survey.unclaimedMessages += 1
    return PayloadDecoder.Refusal(.noProfile, "no profile claims this topic")
  }

  // MARK: Accounts

  private mutating func counterIndex(_ route: String) -> Int {
    if let index = counterIndices[route] { return index }
    counters.append(RouteCounters(route: route))
    counterIndices[route] = counters.count - 1
    return counters.count - 1
  }

  /// Changes the counters at an index.
  @inline(__always)
  mutating func count(_ index: Int, _ body: (inout RouteCounters) -> Void) {
    if !counters[index].isDirty {
      counters[index].isDirty = true
      dirtyCounters.append(index)
    }
    body(&counters[index])
  }

  /// Books messages that are gone, with the topics unknown.
  mutating func countLost(_ count: Int64, _ reason: LossReason) {
    self.count(counterIndex(Ledger.noRoute)) { counters in
      counters.entered += count
      counters.settle(.lost(reason), count: count)
    }
  }

  /// Books a dead letter as read again: what becomes of it now is another message's.
  mutating func countReplayed(_ letter: LetterAccount) {
    count(counterIndex(letter.route)) { counters in
      counters.settle(.deadLettered(letter.reason), count: -1)
      counters.settle(.ignored(.replayed))
    }
  }

  /// The accounts that have changed since the last call of `saved`.
  func changedAccounts() -> [(route: String, account: Account)] {
    dirtyCounters.map { (counters[$0].route, counters[$0].account) }
  }

  /// To be called once the changes are in the store.
  mutating func saved() {
    for index in dirtyCounters { counters[index].isDirty = false }
    dirtyCounters.removeAll(keepingCapacity: true)
  }
}
