import Telemetry

/// A joined rule on one device, or on all that has one value of a tag.
struct Group {
  var target: AlertTarget
  /// Of its rule; any part's will do.
  var check: Check
  /// By the number of the part: what it says of the series that are in it.
  var parts: [TruthCounts]
  /// Series, once for each part that they are in.
  var members: [Int: Int] = [:]
  var tags: [String: String]
  var firstInstance: Int32 = -1
  var armed = Int64.max

  /// Each part holds somewhere.
  var truth: Truth {
    var counts = TruthCounts()
    for part in parts { counts.add(part.some) }
    return counts.all
  }

  /// A part has no series any more.
  var isBroken: Bool { parts.contains { $0 == TruthCounts() } }
}

/// All groups, by rule and target.
struct GroupTable {
  private struct Key: Hashable {
    var rule: Int
    var target: AlertTarget
  }

  private var numbers: [Key: Int] = [:]
  var all: [Group] = []

  /// The group that a series is in by a part's check, made where it is new.
  mutating func group(of check: Check, _ joined: JoinedSubject, _ series: SeriesBinding) -> Int {
    let (target, tags): (AlertTarget, [String: String]) =
      switch joined.ground {
      case .device: (.device(series.device), series.tags)
      case .tag(let name): (.tag(name: name, value: series.tags[name] ?? ""), [name: series.tags[name] ?? ""])
      }
    let key = Key(rule: check.rule, target: target)
    if let number = numbers[key] {
      all[number].tags = tags
      return number
    }
    let parts = Array(repeating: TruthCounts(), count: joined.parts.count)
    all.append(Group(target: target, check: check, parts: parts, tags: tags))
    numbers[key] = all.count - 1
    return all.count - 1
  }

  /// The group of a target under a rule; nil where there is none.
  func number(rule: Int, target: AlertTarget) -> Int? { numbers[Key(rule: rule, target: target)] }

  mutating func enter(_ group: Int, part: Int, series: Int, _ truth: Truth) {
    all[group].parts[part].add(truth)
    all[group].members[series, default: 0] += 1
  }

  mutating func leave(_ group: Int, part: Int, series: Int, _ truth: Truth) {
    all[group].parts[part].add(truth, -1)
    all[group].members[series, default: 1] -= 1
    if all[group].members[series] == 0 { all[group].members[series] = nil }
  }

  /// A series' part says something else now.
  mutating func change(_ group: Int, part: Int, from former: Truth, to truth: Truth) {
    all[group].parts[part].add(former, -1)
    all[group].parts[part].add(truth)
  }
}
