import Telemetry

/// What is wrong with a message as a whole.
public struct Refusal: Error, Equatable {
  public let reason: DeadLetterReason
  /// A sentence.
  public let detail: String

  public init(_ reason: DeadLetterReason, _ detail: String) {
    self.reason = reason
    self.detail = detail
  }
}
