import Telemetry

/// What decides whether an alert is true, as a number. Where it changes, an open alert is withdrawn; a title, a hook, a
/// span or a filter that still fits changes nothing about what was found.
extension SeriesSubject {
  func fingerprint(of condition: Condition) -> UInt64 {
    var hash = StableHash("series", metric)
    condition.add(to: &hash)
    return hash.value
  }
}

extension JoinedSubject {
  var fingerprint: UInt64 {
    var hash = StableHash("joined")
    switch ground {
    case .device: hash.add("device")
    case .tag(let name):
      hash.add("tag")
      hash.add(name)
    }
    for part in parts {
      hash.add(part.metric)
      hash.add(UInt64(part.filter.tags.count))
      for (name, value) in part.filter.tags.sorted(by: { $0.key < $1.key }) {
        hash.add(name)
        hash.add(value)
      }
      part.condition.add(to: &hash)
    }
    return hash.value
  }
}

extension AlertRule {
  /// What decides about truth in one severity; nil where it has no such severity.
  ///
  /// - Parameters:
  ///   - device: where it has overrides: for which device.
  ///   - tags: of the device.
  public func fingerprint(
    _ severity: Severity, device: String = "", tags: [String: String] = [:]
  ) -> UInt64? {
    switch subject {
    case .series(let series):
      series.inForce(device: device, tags: tags, spans).levels.first { $0.severity == severity }
        .map { series.fingerprint(of: $0.condition) }
    case .joined(let joined): joined.severity == severity ? joined.fingerprint : nil
    }
  }
}

extension SeriesSubject {
  /// What holds for a device: the first override that fits, and the rule where that says nothing.
  func inForce(
    device: String, tags: [String: String], _ spans: AlertRule.Spans
  ) -> (levels: [Level], spans: AlertRule.Spans) {
    guard let fit = overrides.first(where: { $0.filter.includes(device: device, tags: tags) }) else {
      return (levels, spans)
    }
    return (
      fit.levels.isEmpty ? levels : fit.levels,
      AlertRule.Spans(for: fit.for ?? spans.for, keep: fit.keep ?? spans.keep)
    )
  }
}
