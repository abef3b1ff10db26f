/// The gateway's own rule: a hook that keeps failing is an alert itself.
///
/// No reading makes such an alert. The engine does not know the rule; who calls hooks says when it is so, and the policy
/// calls by the rule as by any other, but for one thing: no hook is called for its own failure.
extension AlertRule {
  /// Its id, which no other rule has.
  public static let hookFailingID = "hook-failing"

  /// What names the hook among an alert's tags.
  private static let tag = "hook"

  private static let title = AlertTitle(
    english: AlertText("The hook {\(tag)} keeps failing") ?? AlertText(),
    chinese: AlertText("钩子 {\(tag)} 持续失败") ?? AlertText())

  /// - Parameters:
  ///   - title: nil for that of the gateway.
  ///   - hooks: who is called.
  public static func hookFailing(
    title: AlertTitle? = nil, hooks: [String] = [], group: Grouping? = nil, escalations: [Escalation] = []
  ) -> AlertRule {
    AlertRule(
      id: hookFailingID, title: title ?? Self.title,
      .joined(JoinedSubject([], on: .tag(tag), severity: .critical)), hooks: hooks, group: group,
      escalations: escalations)
  }

  /// The machine that the failure of a hook would have.
  public static func failure(of hook: String) -> AlertKey {
    AlertKey(rule: hookFailingID, severity: .critical, target: .tag(name: tag, value: hook))
  }

  /// The tags of the alert.
  public static func failureTags(of hook: String) -> [String: String] { [tag: hook] }
}
