import Alerting
import DeviceCatalog
import Foundation
import Hooks
import Storage
import StrictYAML
import Telemetry

/// `ganglion alerts test RULE`: runs the hooks of a rule once, with a sample of its alert, in this process.
///
/// It runs as who calls it, outside of what a service manager keeps the gateway in. What publishes is not tried: only the
/// gateway that runs has a connection to the broker.
public struct HookTrial: Sendable {
  /// What came of one hook.
  public struct Outcome: Sendable {
    public enum Result: Sendable {
      case done
      /// With a sentence for people.
      case failed(String)
      /// The gateway that runs alone can; with a sentence for people.
      case leftToGateway(String)
    }

    public let hook: String
    public let result: Result
    public let duration: Duration
    /// What a program wrote, or a receiver answered; at most 4 KiB.
    public let output: String
  }

  private let hooks: [HookDeclaration]
  private let sample: SampleAlert
  private let rules: RuleSet
  private let gateway: String
  private let zone: TimeZone
  private let now: Timestamp

  /// - Parameters:
  ///   - withEscalations: those that are called where nobody acknowledges, too.
  ///   - now: the moment of the sample.
  /// - Throws: `YAMLError` for rules that cannot be right, `QueryError` where there is no such rule, or it calls nobody.
  public init(
    rule id: String, of configuration: GatewayConfiguration, withEscalations: Bool = false, now: Timestamp = .now
  ) throws {
    let catalogue = try Catalogue(.forDirectory(configuration.devices))
    rules = try configuration.rules(for: catalogue).rules
    guard let rule = rules.rule(id) else {
      throw QueryError(
        "there is no rule '\(id)'\(nearestHint(to: id, among: rules.rules.map(\.id)))", isNotFound: true)
    }
    let names = rule.hooks + (withEscalations ? rule.escalations.flatMap(\.hooks) : [])
    hooks = rules.hooks.filter { names.contains($0.name) }
    guard !hooks.isEmpty else { throw QueryError("the rule '\(id)' calls nobody: it has no 'hooks'") }
    sample = SampleAlert(rule, catalogue, now: now)
    gateway = configuration.gateway
    zone = configuration.timeZone
    self.now = now
  }

  /// Runs one hook after the other, in the order of the file.
  ///
  /// - Parameter tell: given each outcome as it comes.
  public func run(tell: (Outcome) -> Void) async throws {
    for hook in hooks { tell(try await outcome(of: hook)) }
  }

  private func outcome(of hook: HookDeclaration) async throws -> Outcome {
    let call = try call(of: hook.name)
    let outcome: HookOutcome
    switch hook.action {
    case .exec(let command): outcome = await ProcessRunner().run(command, call, limit: hook.timeout)
    case .webhook(let target): outcome = await WebhookRunner().run(target, call, limit: hook.timeout)
    case .publish(let publication):
      return Outcome(
        hook: hook.name,
        result: .leftToGateway("it publishes on \(publication.topic), which only the gateway that runs can"),
        duration: .zero, output: "")
    }
    let result: Outcome.Result =
      switch outcome.result {
      case .done: .done
      case .failed(let failure): .failed(failure.sentence)
      case .interrupted: .failed("it was interrupted")
      }
    return Outcome(
      hook: hook.name, result: result, duration: outcome.duration,
      output: String(decoding: outcome.output, as: UTF8.self))
  }

  /// Each run has ids of its own, so that a receiver that knows repeats does not take it for one.
  private func call(of hook: String) throws -> HookCall {
    let item = AlertCall.Item(
      stored: sample.record.alert.id, transition: sample.record.alert.start, kind: .start, step: 0)
    let call = AlertCall(
      stored: AlertID(rawValue: .random(in: .min ... .max)), hook: hook, kind: .start, items: [item], group: [:],
      due: now)
    let pending = PendingCall(record: HookCallRecord(call, createdAt: now), alerts: [sample.record])
    let wording = AlertWording(rules, states: sample.states, zone: zone)
    return try HookDocument(pending, wording, gateway: gateway, isTest: true).hookCall(pending)
  }
}
