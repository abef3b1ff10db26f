import StrictYAML

/// The topic template that a topic misses by least, for a topic that no profile claims.
public struct NearestTopic: Sendable {
  public let template: TopicTemplate
  public let profile: String
  /// What differs, such as `level 3 is 'wast', expected 'waste'`.
  public let difference: String
  let distance: Double

  /// The nearest first, at most `count`, one of each profile.
  public static func find(_ topic: String, in catalogue: Catalogue, count: Int = 1) -> [NearestTopic] {
    let levels = topic.topicLevels.map { String(decoding: $0, as: UTF8.self) }
    let nearest = catalogue.profiles.compactMap { profile in
      profile.topics.map { NearestTopic(levels, $0, profile: profile.name) }.min { $0.distance < $1.distance }
    }
    return Array(nearest.sorted { ($0.distance, $0.profile) < ($1.distance, $1.profile) }.prefix(count))
  }

  /// `; nearest is … of the profile …: level 3 is …`, or nothing.
  public static func hint(for topic: String, in catalogue: Catalogue) -> String {
    find(topic, in: catalogue).first.map { "; nearest is \($0.text)" } ?? ""
  }

  /// The template, its profile and what differs.
  public var text: String { "\(template.text) of the profile \(profile): \(difference)" }

  private init(_ levels: [String], _ template: TopicTemplate, profile: String) {
    self.template = template
    self.profile = profile
    var distance = Double(abs(levels.count - template.levels.count))
    var differences: [String] = []
    if levels.count != template.levels.count {
      differences.append("it has \(levels.count) levels, expected \(template.levels.count)")
    }
    for (index, (level, expected)) in zip(levels, template.levels).enumerated() {
      guard case .literal(let bytes) = expected else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      guard text != level else { continue }
      differences.append("level \(index + 1) is '\(level)', expected '\(text)'")
      distance += min(1, Double(editDistance(level, text)) / Double(max(1, text.count)))
    }
    self.distance = distance
    difference = differences.joined(separator: "; ")
  }
}
