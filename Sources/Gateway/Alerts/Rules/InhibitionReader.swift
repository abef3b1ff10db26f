import Alerting
import StrictYAML

extension Inhibition {
  /// Reads `inhibit`.
  ///
  /// - Parameter rules: ids that may be named.
  static func list(_ value: YAMLValue?, rules: [String]) throws(YAMLError) -> [Inhibition] {
    var inhibitions: [Inhibition] = []
    for item in try value?.items() ?? [] {
      let keys = try item.mapping(known: ["when", "mutes", "same"])
      let inhibition = Inhibition(
        when: try keys.required("when").named("rule", among: rules),
        mutes: try keys.required("mutes").namesDeclared("rule", among: rules),
        same: try keys["same"]?.names("tag, or device") ?? [])
      inhibitions.append(inhibition)
      if let circle = circle(from: inhibition.when, in: inhibitions) {
        throw item.error("rules mute each other in a circle: \(circle.joined(separator: " → "))")
      }
    }
    return inhibitions
  }

  /// The way from a rule back to itself, by what it mutes; nil where there is none.
  private static func circle(from rule: String, in inhibitions: [Inhibition]) -> [String]? {
    var ways = [[rule]]
    var seen: Set<String> = []
    while let way = ways.popLast() {
      for muted in inhibitions.filter({ $0.when == way[way.count - 1] }).flatMap(\.mutes) {
        if muted == rule { return way + [muted] }
        if seen.insert(muted).inserted { ways.append(way + [muted]) }
      }
    }
    return nil
  }
}
