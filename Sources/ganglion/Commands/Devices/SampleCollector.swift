import DeviceCatalog
import Ingest
import Synchronization

/// What a listener hears, up to a bound; the oldest stay.
final class SampleCollector: Sendable {
  private struct Content {
    var samples: [DraftSample] = []
    var bytes = 0
    var problem: String?
  }

  private static let mostSamples = 2000
  private static let mostBytes = 16 << 20

  private let content = Mutex(Content())

  var all: [DraftSample] { content.withLock { $0.samples } }
  /// Why nothing comes.
  var problem: String? { content.withLock { $0.problem } }

  @Sendable
  func take(_ event: TopicListener.Event) {
    content.withLock { content in
      switch event {
      case .connected: content.problem = nil
      case .refused(let filter):
        content.problem = "the broker refuses the subscription \(filter): check its access rules"
      case .disconnected(let reason): content.problem = reason
      case .message(let topic, let payload, _):
        guard content.samples.count < Self.mostSamples, content.bytes + payload.count <= Self.mostBytes,
          !payload.isEmpty, let text = String(validating: topic, as: UTF8.self)
        else { return }
        content.bytes += payload.count
        content.samples.append(DraftSample(topic: text, payload: payload))
      }
    }
  }
}
