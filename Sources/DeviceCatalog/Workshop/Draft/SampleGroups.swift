/// Samples of a broker, parted into kinds of devices: by format, number of topic levels, the keys of their payloads, and
/// what a value alone is.
public struct SampleGroups: Sendable {
  private struct Group {
    let kind: SampleKind
    let levels: Int
    var keys: Set<String>
    var samples: [DraftSample]
  }

  /// Of one kind each, the most samples first.
  public let groups: [[DraftSample]]
  /// Of no format that can be told by the bytes.
  public let unrecognized: [DraftSample]

  /// Two messages are of one kind where they share this part of the smaller one's keys.
  private static let sharedPart = 0.5

  public init(_ samples: [DraftSample]) {
    var groups: [Group] = []
    var unrecognized: [DraftSample] = []
    for sample in samples {
      guard let guess = PayloadGuess(sample) else {
        unrecognized.append(sample)
        continue
      }
      let keys = Set(SampleTable([sample], guess)?.rows.map(\.place) ?? [])
      let levels = guess == .sparkplugB ? 0 : sample.topic.topicLevels.count
      let kind = SampleKind(guess, topic: sample.topic)
      let index = groups.firstIndex { group in
        let shared = Double(group.keys.intersection(keys).count)
        return group.kind == kind && group.levels == levels
          && (guess == .sparkplugB || shared >= Self.sharedPart * Double(min(group.keys.count, keys.count)))
      }
      if let index {
        groups[index].keys.formUnion(keys)
        groups[index].samples.append(sample)
      } else {
        groups.append(Group(kind: kind, levels: levels, keys: keys, samples: [sample]))
      }
    }
    self.groups = groups.map(\.samples).enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    self.unrecognized = unrecognized
  }
}
