import DeviceCatalog
import Logging
import ServiceLifecycle
import Telemetry

/// Which topics have come since the start, as far as somebody should look at them.
struct TopicSurvey: Sendable {
  private var filters: [(filter: TopicFilter, hasBrought: Bool)]
  /// Topics without a profile, and messages on them.
  private(set) var unclaimedTopics = 0
  var unclaimedMessages = 0
  /// The first topic without a profile.
  private(set) var unclaimedExample: String?

  /// - Parameter filters: what is subscribed to.
  init(filters: [String]) {
    self.filters = filters.map { (TopicFilter($0), false) }
  }

  /// Takes note of a topic that is seen for the first time.
  mutating func take(_ topic: UnsafeRawBufferPointer, isClaimed: Bool) {
    for index in filters.indices where !filters[index].hasBrought {
      filters[index].hasBrought = filters[index].filter.matches(topic)
    }
    guard !isClaimed else { return }
    unclaimedTopics += 1
    if unclaimedExample == nil { unclaimedExample = String(decoding: topic, as: UTF8.self) }
  }

  /// Filters that have brought no message.
  var silentFilters: [String] { filters.filter { !$0.hasBrought }.map(\.filter.text) }

  /// What somebody who has just set the gateway up should know; empty where all is well.
  ///
  /// - Parameter config: the configuration's file, for the commands that are recommended.
  func sentences(_ catalogue: Catalogue, after patience: Duration, config: String?) -> [String] {
    let seconds = patience.components.seconds
    let builtIn = Set(catalogue.profiles.filter(\.isBuiltIn).flatMap { $0.topics.map(\.filter) })
    let watch = "`ganglion watch\(config.map { " --config \($0)" } ?? "") --topic '#'` shows what the broker has"
    var sentences = silentFilters.filter { !builtIn.contains($0) }.map { filter in
      "the subscription \(filter) has brought nothing for \(seconds) s: is a device publishing there? \(watch)"
    }
    let others = silentFilters.filter { builtIn.contains($0) }
    if !others.isEmpty {
      sentences.append(
        """
        nothing for \(seconds) s on topics of built-in profiles, \(others.joined(separator: ", ")): as it should be where \
        there are no such devices (mqtt.subscriptions leaves them out); else \(watch)
        """)
    }
    if unclaimedMessages > 0, let topic = unclaimedExample {
      sentences.append(
        """
        \(unclaimedMessages) messages on \(unclaimedTopics) topics match no profile and are dead letters {no-profile}, \
        such as \(topic)\(NearestTopic.hint(for: topic, in: catalogue))
        """)
    }
    return sentences
  }
}

/// Says once, some time after the first subscription, what has not come or is not understood: a gateway that runs and
/// brings nothing should say so itself.
struct FirstLookService: NamedService {
  let monitor: GatewayMonitor
  let catalogue: Catalogue
  let log: Logger
  let config: String?
  var patience = Duration.seconds(30)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while !monitor.status.session.isSubscribed { try await Task.sleep(for: .seconds(1)) }
      try await Task.sleep(for: patience)
      for sentence in monitor.survey.sentences(catalogue, after: patience, config: config) {
        log.warning("\(sentence)")
      }
    }
    try? await gracefulShutdown()
  }
}
