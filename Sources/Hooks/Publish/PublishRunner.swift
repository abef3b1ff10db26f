import Alerting
import Telemetry

/// Publishes on MQTT; the gateway's client is one.
public protocol HookPublisher: Sendable {
  /// Returns once the broker has acknowledged the message; with QoS 0, once it is sent. Ends soon when its task is
  /// cancelled.
  ///
  /// - Parameter qos: 0, 1 or 2.
  /// - Throws: any error; its description is shown to people.
  func publish(topic: String, payload: [UInt8], qos: Int, retain: Bool) async throws
}

/// Runs hooks that publish: the call's document, on a topic made of the call's words.
public struct PublishRunner: Sendable {
  private let publisher: (any HookPublisher)?

  /// - Parameter publisher: nil where there is none: hooks that publish fail then.
  public init(_ publisher: (any HookPublisher)?) {
    self.publisher = publisher
  }

  /// Publishes once, and waits until the broker has it or the limit is over.
  public func run(_ publication: HookPublication, _ call: HookCall, limit: Duration) async -> HookOutcome {
    let startedAt = ContinuousClock.now
    let result = await result(publication, call, limit: limit)
    return HookOutcome(result, duration: .now - startedAt)
  }

  private func result(_ publication: HookPublication, _ call: HookCall, limit: Duration) async -> HookOutcome.Result {
    if let problem = publication.problem { return .failed(HookFailure(.declaration, problem, .final)) }
    guard let topic = (try? HookTopic(publication.topic))?.topic(call.words) else {
      return .failed(HookFailure(.topic, "the topic is longer than \(HookTopic.mostBytes) bytes", .final))
    }
    guard let publisher else {
      return .failed(HookFailure(.publisher, "the gateway has no client that publishes", .away))
    }
    let ended = await withinLimit(limit) { () -> HookFailure? in
      do {
        try await publisher.publish(
          topic: topic, payload: call.document, qos: publication.qos, retain: publication.isRetained)
        return nil
      } catch {
        return HookFailure(.publisher, "'\(topic)' was not published: \(error)", .away)
      }
    }
    switch ended {
    case .value(nil): return .done
    case .value(let failure?): return Task.isCancelled ? .interrupted : .failed(failure)
    case .timedOut:
      return .failed(HookFailure(.timeout, "the broker has not acknowledged '\(topic)' within \(limit.text)", .away))
    case .interrupted: return .interrupted
    }
  }
}
