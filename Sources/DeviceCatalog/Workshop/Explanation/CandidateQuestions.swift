import Telemetry
import WireFormats

/// Asks the profiles that claim a topic once more, each alone, in their order; this ends what was decoded before.
struct CandidateQuestions {
  private let decoding: MessageDecoder.Decoding

  init(_ decoding: MessageDecoder.Decoding) {
    self.decoding = decoding
  }

  private struct Answer {
    let verdict: Explanation.Candidate.Verdict
    var conditions: [Explanation.ConditionFound] = []
    /// No other is asked.
    var isLast = true
  }

  func candidates() -> [Explanation.Candidate] {
    var isTaken = false
    return decoding.matches.enumerated().map { index, claim in
      let answer = isTaken ? Answer(verdict: .notAsked) : answer(of: index, claim.profile)
      isTaken = isTaken || answer.isLast
      return Explanation.Candidate(
        profile: claim.profile, template: claim.match.template,
        captures: claim.match.template.captureNames.map { ($0, claim.match.captures[$0] ?? "") },
        conditions: answer.conditions, verdict: answer.verdict)
    }
  }

  private func answer(of index: Int, _ profile: Profile) -> Answer {
    guard let decoders = decoding.decoders, decoding.heard == nil, !decoding.payload.isEmpty else {
      switch decoding.outcome {
      case .success: return Answer(verdict: .decodes)
      case .failure(let refused): return Answer(verdict: .refuses(refused.refusal))
      }
    }
    switch decoders.answer(of: index, to: decoding.payload) {
    case .cannotRead(let refusal): return Answer(verdict: .refuses(refusal), isLast: false)
    case .passesOn: return Answer(verdict: .passesOn, conditions: conditions(of: profile, decoders), isLast: false)
    case .has(let refusal):
      let conditions = conditions(of: profile, decoders)
      // A record without a device is found out behind the decoder.
      if refusal == nil, case .failure(let refused) = decoding.outcome {
        return Answer(verdict: .refuses(refused.refusal), conditions: conditions)
      }
      return Answer(verdict: refusal.map { .refuses($0) } ?? .decodes, conditions: conditions)
    }
  }

  /// Those of named values are told by the first record.
  private func conditions(of profile: Profile, _ decoders: DecoderSet) -> [Explanation.ConditionFound] {
    if profile.conditions.isEmpty { return [] }
    let view =
      profile.payload.isFlat
      ? RecordView.named(decoders.fields.records.isEmpty ? [] : decoders.fields.named(inRecord: 0))
      : RecordView.tree(JSONTree.Match(JSONTree(decoders.document)))
    return profile.conditions.map { condition in
      let look = view.looks(at: condition.at)[0]
      return Explanation.ConditionFound(condition: condition, look: look, holds: condition.holds(for: look.found))
    }
  }
}

extension Condition {
  /// The same as for a value in a payload.
  fileprivate func holds(for value: FoundValue?) -> Bool {
    guard let value else { return false }
    guard let values else { return true }
    switch value {
    case .text(let text): return values.contains { $0.utf8.elementsEqual(text.utf8) }
    case .number(let number): return values.contains(number.text)
    case .boolean(let isTrue): return values.contains(isTrue ? "true" : "false")
    case .null: return values.contains("null")
    case .list, .object, .unheld: return false
    }
  }
}
