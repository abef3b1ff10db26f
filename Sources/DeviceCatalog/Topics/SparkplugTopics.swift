import Sparkplug

/// What the topics of a profile for Sparkplug B have to be.
enum SparkplugTopics {
  private static let typeLevel = 2

  /// Messages of all types come on it, of a node or of a device.
  static func isWhole(_ topic: TopicTemplate) -> Bool {
    guard (4...5).contains(topic.levels.count), case .capture = topic.levels[typeLevel],
      case .literal(let namespace) = topic.levels[0]
    else { return false }
    return namespace.elementsEqual(SparkplugTopic.namespace.utf8)
  }

  /// The filters of the nodes whose devices a profile is for: their births and deaths are their devices' too.
  static func nodeFilters(of profile: Profile) -> [String] {
    profile.topics.filter { $0.levels.count == 5 }.map { topic in
      String(topicLevels: Array(topic.filter.topicLevels.prefix(4)))
    }
  }
}
