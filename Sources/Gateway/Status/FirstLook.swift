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
  func sentences(_ catalogue: Catalogue, after patience: Duration) -> [String] {
    let seconds = patience.components.seconds
    var sentences = silentFilters.map { filter in
      """
      the subscription \(filter) has brought nothing for \(seconds) s: is a device publishing there? \
      `ganglion watch --topic '#'` shows what the broker has
      """
    }
    if unclaimedMessages > 0, let topic = unclaimedExample {
      let nearest = NearestTopic.find(topic, in: catalogue).first.map {
        "; nearest is \($0.template.text) of the profile \($0.profile): \($0.difference)"
      }
      sentences.append(
        """
        \(unclaimedMessages) messages on \(unclaimedTopics) topics match no profile and are dead letters {no-profile}, \
        such as \(topic)\(nearest ?? "")
        """)
    }
    return sentences
  }
}

/// Says once, some time after the first subscription, what has not come or is not understood: a gateway that runs and
/// brings nothing should say so itself.
struct FirstLookService: Service {
  let monitor: GatewayMonitor
  let catalogue: Catalogue
  let log: Logger
  var patience = Duration.seconds(30)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while !monitor.status.session.isSubscribed { try await Task.sleep(for: .seconds(1)) }
      try await Task.sleep(for: patience)
      for sentence in monitor.survey.sentences(catalogue, after: patience) { log.warning("\(sentence)") }
    }
    try? await gracefulShutdown()
  }
}
