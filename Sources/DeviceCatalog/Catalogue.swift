import Sparkplug
import StrictYAML
import Telemetry

/// The units, profiles and listed devices that a gateway works with.
///
/// A catalogue is made from texts alone, so that the set in force can be kept beside the messages it has to decode.
public struct Catalogue: Sendable {
  public let units: UnitTable
  /// In the order of the files.
  public let profiles: [Profile]
  /// The devices of `registry.csv`; none without one.
  public let registry: DeviceList
  /// The texts that it was read from.
  public let files: CatalogueFiles
  private let claims: [(template: TopicTemplate, profile: Int)]

  /// Reads units, profiles and the registry; refuses two profiles that claim a topic without an order.
  public init(_ files: CatalogueFiles) throws(YAMLError) {
    var units = UnitTable()
    for file in files.all where file.isUnitTable { try units.add(YAMLValue.parse(file.text, file: file.name)) }
    var profiles: [(file: String, profile: Profile)] = []
    for file in files.all where file.isProfile { try Catalogue.add(file, of: files, units, to: &profiles) }
    try self.init(files, units, profiles)
  }

  /// The same catalogue with one more file of profiles, which none of the others is read for again.
  func adding(_ file: CatalogueFiles.File) throws(YAMLError) -> Catalogue {
    let all = CatalogueFiles(files.all + [file])
    var profiles = profiles.map { (file: $0.file, profile: $0) }
    try Catalogue.add(file, of: all, units, to: &profiles)
    return try Catalogue(all, units, profiles)
  }

  private static func add(
    _ file: CatalogueFiles.File, of files: CatalogueFiles, _ units: UnitTable,
    to profiles: inout [(file: String, profile: Profile)]
  ) throws(YAMLError) {
    let document = try YAMLValue.parse(file.text, file: file.name)
    var profile = try Profile(document, units: units)
    profile.textHash = Fingerprint(seed: 0).adding(file.text.utf8).value
    // Files that come later are nearer to the user: they replace a profile of the same name.
    if let index = profiles.firstIndex(where: { $0.profile.name == profile.name }) {
      guard file.isBuiltIn != files.isBuiltIn(profiles[index].file) else {
        throw document.error("the profile \(profile.name) stands in \(profiles[index].file) already")
      }
      profiles[index] = (file.name, profile)
    } else {
      profiles.append((file.name, profile))
    }
  }

  private init(
    _ files: CatalogueFiles, _ units: UnitTable, _ profiles: [(file: String, profile: Profile)]
  ) throws(YAMLError) {
    try Catalogue.checkClaims(profiles)
    try Catalogue.checkDimensions(profiles)
    self.units = units
    self.files = files
    self.profiles = profiles.map(\.profile)
    let names = self.profiles.map(\.name)
    registry =
      if let file = files.all.last(where: \.isRegistry) {
        try DeviceList(file.text, file: file.name, profiles: names)
      } else {
        DeviceList()
      }
    // Of equals those with conditions come first: the other takes what they leave.
    func rank(_ profile: Profile) -> (Int, Int) { (-profile.priority, profile.conditions.isEmpty ? 1 : 0) }
    claims = profiles.enumerated()
      .sorted { rank($0.element.profile) < rank($1.element.profile) }
      .flatMap { entry in entry.element.profile.topics.map { (template: $0, profile: entry.offset) } }
  }

  private static func checkClaims(_ profiles: [(file: String, profile: Profile)]) throws(YAMLError) {
    for (index, (file, profile)) in profiles.enumerated() {
      for (otherFile, other) in profiles[..<index]
      where other.priority == profile.priority && !profile.conditions.areDisjoint(with: other.conditions) {
        for topic in profile.topics {
          guard let rival = other.topics.first(where: { $0.overlaps(topic) }) else { continue }
          throw YAMLError(
            file: file, line: 1, column: 1, path: "topics",
            message:
              "\(topic.text) and \(rival.text) of \(otherFile) claim the same topics; give one a higher 'priority', or a 'when' that the other does not meet"
          )
        }
      }
    }
  }

  /// One metric name measures one thing: its values are added and compared over all profiles.
  private static func checkDimensions(_ profiles: [(file: String, profile: Profile)]) throws(YAMLError) {
    var known: [String: (dimension: String, file: String)] = [:]
    for (file, profile) in profiles {
      for metric in profile.metrics {
        let dimension = metric.unit?.dimension ?? "state"
        if let other = known[metric.name], other.dimension != dimension {
          throw YAMLError(
            file: file, line: metric.line, column: 1, path: "metrics",
            message:
              "\(metric.name) is a \(dimension) here and a \(other.dimension) in \(other.file); give one another name")
        }
        known[metric.name] = (dimension, file)
      }
    }
  }

  /// By the name of a metric: what it measures in all profiles, `state` for states.
  var dimensions: [String: String] {
    profiles.flatMap(\.metrics).reduce(into: [:]) { $0[$1.name] = $1.unit?.dimension ?? "state" }
  }

  /// The profiles that claim a topic, in the order in which they are asked: all but the last have conditions.
  public func matches(_ topic: UnsafeRawBufferPointer) -> [TopicMatch] {
    var matches: [TopicMatch] = []
    for (template, profile) in claims where !matches.contains(where: { $0.profile == profile }) {
      guard let values = template.captures(of: topic) else { continue }
      let captures = Dictionary(zip(template.captureNames, values)) { $1 }
      matches.append(TopicMatch(profile: profile, template: template, captures: captures))
      if profiles[profile].conditions.isEmpty { break }
    }
    return matches
  }

  /// The MQTT filters that bring every topic of every profile, none covered by another.
  ///
  /// Sparkplug's namespace is taken for its own: a filter such as `+/v2/+/+/state` has topics in it only where a group
  /// is called v2 and a device state, and one as wide as both would bring the whole broker. Where they come twice,
  /// Sparkplug's readings are known by their times.
  public var topicFilters: [String] {
    let others = TopicFilters.cover(profiles.filter { !$0.isSparkplug }.flatMap { $0.topics.map(\.filter) })
    let sparkplug = TopicFilters.cover(
      profiles.filter(\.isSparkplug).flatMap(\.filters))
    return (others + sparkplug.filter { filter in !others.contains { TopicFilters.covers($0, filter) } }).sorted()
  }

  /// What a topic says of a Sparkplug node; nil where its messages go to no host application.
  ///
  /// - Parameter matches: the profiles that claim the topic, where they are known.
  public func sparkplugTopic(_ topic: UnsafeRawBufferPointer, _ matches: [TopicMatch]? = nil) -> SparkplugTopic? {
    guard speaksSparkplug, let spoken = SparkplugTopic(topic) else { return nil }
    if let first = (matches ?? self.matches(topic)).first, !profiles[first.profile].isSparkplug { return nil }
    return spoken
  }

  /// Some profile speaks Sparkplug B.
  public var speaksSparkplug: Bool {
    profiles.contains(where: \.isSparkplug)
  }
}

extension [Condition] {
  /// One of them says what else a payload may be, or both ask for other texts at one place.
  fileprivate func areDisjoint(with other: [Condition]) -> Bool {
    if isEmpty != other.isEmpty { return true }
    return contains { condition in
      other.contains { rival in
        guard condition.at == rival.at, let ours = condition.values, let theirs = rival.values else { return false }
        return Set(ours).isDisjoint(with: theirs)
      }
    }
  }
}

/// What a topic says before the payload is read.
public struct TopicMatch: Sendable {
  /// Index among the catalogue's profiles.
  public let profile: Int
  public let template: TopicTemplate
  public let captures: [String: String]
}
