import Hooks
import Telemetry

extension HookCall {
  /// A call of an alert.
  static func sample(
    _ id: String = "00c0ffee00c0ffee", hook: String = "hook", document: String = #"{"rule":"turbidity-high"}"#,
    variables: [String: String] = ["GANGLION_RULE": "turbidity-high"]
  ) -> HookCall {
    HookCall(
      id: id, hook: hook, since: Timestamp(seconds: 1_763_700_000), document: Array(document.utf8),
      variables: variables, words: ["rule": "turbidity-high", "severity": "critical", "device": "plant-1"],
      alerts: AlertGroup(
        alerts: [
          AlertGroup.Alert(
            labels: ["alertname": "turbidity-high", "device": "plant-1"],
            startsAt: Timestamp(seconds: 1_763_700_000), fingerprint: "00c0ffee00c0ffee")
        ], groupKey: "turbidity-high"))
  }
}

extension HookOutcome {
  var failure: HookFailure? {
    if case .failed(let failure) = result { failure } else { nil }
  }

  var text: String { String(decoding: output, as: UTF8.self) }
}
