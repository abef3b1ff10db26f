import DeviceCatalog
import Simulator
import TestSupport
import Testing

@Suite
struct TopicFilterTests {
  private func matches(_ filter: String, _ topic: String) -> Bool {
    Array(topic.utf8).withUnsafeBytes { TopicFilter(filter).matches($0) }
  }

  @Test(
    "Filters match as the standard's examples say",
    arguments: [
      ("sport/tennis/player1/#", "sport/tennis/player1", true),
      ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true), ("sport/#", "sport", true),
      ("#", "a/b", true), ("sport/tennis/+", "sport/tennis/player1/ranking", false), ("sport/+", "sport", false),
      ("sport/+", "sport/", true), ("+/+", "/finance", true), ("/+", "/finance", true), ("+", "/finance", false),
      ("#", "$SYS/x", false), ("+/x", "$SYS/x", false), ("$SYS/#", "$SYS/x", true), ("a", "a/", false),
      ("a/", "a", false),
    ])
  func examples(filter: String, topic: String, expected: Bool) {
    #expect(matches(filter, topic) == expected)
  }

  @Test("A combining mark behind a slash, and two ways to write a letter, are told by their bytes")
  func unicode() throws {
    #expect(matches("a/+", "a/\u{652}"))
    #expect(matches("+/\u{652}x", "a/\u{652}x"))
    #expect(!matches("a/\u{E9}", "a/e\u{301}"))
    #expect(TopicFilters.cover(["a/\u{E9}", "a/e\u{301}"]).count == 2)
    #expect(TopicFilters.problem(with: "$share/\u{652}g/a") != nil)
    let topic = Array("a/\u{652}x/up".utf8)
    #expect(try topic.withUnsafeBytes { try TopicTemplate("a/{device}/up").captures(of: $0) } == ["\u{652}x"])
  }

  /// The obvious way, over lists of levels.
  private func reference(_ filter: [Substring], _ topic: [Substring]) -> Bool {
    if filter.first == "#" { return true }
    guard let level = filter.first, let part = topic.first else { return filter.isEmpty && topic.isEmpty }
    let rest = Array(topic.dropFirst())
    if rest.isEmpty, filter.dropFirst().first == "#" { return level == "+" || level == part }
    return (level == "+" || level == part) && reference(Array(filter.dropFirst()), rest)
  }

  @Test("Random filters and topics match as the obvious way says; a cover matches what its filters match")
  func random() {
    var random = RandomSource(seed: testSeed())
    func text(_ words: [String], _ random: inout RandomSource) -> String {
      (0..<Int.random(in: 1...4, using: &random)).map { _ in words.randomElement(using: &random)! }.joined(
        separator: "/")
    }
    for _ in 0..<20_000 {
      var filters: [String] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let filter = text(["a", "b", "+", ""], &random)
        filters.append(Bool.random(using: &random) ? filter : filter + "/#")
      }
      let topic = text(["a", "b", ""], &random)
      var isMatched = false
      for filter in filters {
        let split = { (text: String) in text.split(separator: "/", omittingEmptySubsequences: false) }
        let expected = reference(split(filter), split(topic))
        #expect(matches(filter, topic) == expected, "\(filter) \(topic)")
        isMatched = isMatched || expected
      }
      let hits = TopicFilters.cover(filters).filter { matches($0, topic) }.count
      #expect(hits <= 1 && (!isMatched || hits == 1), "\(filters) \(topic)")
    }
  }

  @Test(
    "A topic that breaks the rule is told why",
    arguments: [
      ("a/b\u{7}", "U+7"), ("a/\u{85}", "U+85"), ("a\nb", "U+A"), ("", "is empty"),
      (String(repeating: "x", count: 1025), "has 1025 bytes"),
    ])
  func rule(topic: String, problem: String) {
    let found = Array(topic.utf8).withUnsafeBytes { TopicRule.problem(with: $0, longestBytes: 1024) }
    #expect(found?.contains(problem) == true, "\(found ?? "")")
    #expect(
      [UInt8]([0x61, 0xFF]).withUnsafeBytes { TopicRule.problem(with: $0, longestBytes: 9) } == "the topic is no UTF-8")
    #expect(Array("市/鲤城 1".utf8).withUnsafeBytes { TopicRule.problem(with: $0, longestBytes: 99) } == nil)
  }

  @Test(
    "A topic that no profile claims is told the nearest, and what differs",
    arguments: [
      ("city/luojiang/wast/bin-1/up", "kitchen-waste-bin", "level 3 is 'wast', expected 'waste'"),
      ("city/luojiang/waste/bin-1", "kitchen-waste-bin", "it has 4 levels, expected 5"),
      ("factory/m/agv/x/state", "agv-telemetry", "level 5 is 'state', expected 'telemetry'"),
    ])
  func nearest(topic: String, profile: String, difference: String) throws {
    let nearest = try #require(NearestTopic.find(topic, in: Catalogue(.builtIn)).first)
    #expect(nearest.profile == profile)
    #expect(nearest.difference == difference)
  }
}
