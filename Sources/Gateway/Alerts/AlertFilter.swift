import Alerting
import Storage

/// The alerts that a question names by their rule and by how bad they are.
struct AlertFilter {
  static let parameters = [
    Parameter("rule", .text, "of alerts: the rule's id"),
    Parameter("severity", .word(of: Severity.allCases.map(\.word)), "of alerts: how bad they are"),
  ]

  let rule: String?
  let severity: Severity?

  init(_ parameters: QueryParameters) throws(QueryError) {
    rule = try parameters.one("rule")
    severity = try parameters.one("severity").map { word throws(QueryError) in
      guard let severity = Severity(word: word) else {
        throw QueryError("severity='\(word)' is none of \(Severity.allCases.map(\.word).joined(separator: ", "))")
      }
      return severity
    }
  }

  func includes(_ key: AlertKey) -> Bool {
    (rule ?? key.rule) == key.rule && (severity ?? key.severity) == key.severity
  }
}
