import Sparkplug

/// What the topics of a profile for Sparkplug B have to be, and what else it has to hear.
enum SparkplugTopics {
  private static let typeLevel = 2
  private static let nodeLevel = 3

  /// Messages of all types come on it, of a node or of a device.
  static func isWhole(_ topic: TopicTemplate) -> Bool {
    guard (4...5).contains(topic.levels.count), topic.levels[typeLevel] == .capture("type"),
      case .literal(let namespace) = topic.levels[0]
    else { return false }
    return namespace.elementsEqual(SparkplugTopic.namespace.utf8)
  }

  /// The filters that bring all that the nodes of a topic say: the numbers of messages go through those of a node and all
  /// its devices. Commands are left out.
  static func filters(_ topic: TopicTemplate) -> [String] {
    let levels = topic.filter.topicLevels.map { String(decoding: $0, as: UTF8.self) }
    return ["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"].map { type in
      "\(levels[0])/\(levels[1])/\(type)/\(levels[nodeLevel])/#"
    }
  }
}
