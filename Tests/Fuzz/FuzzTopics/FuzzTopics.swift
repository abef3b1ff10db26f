import DeviceCatalog
import FuzzDriver
import Telemetry

// libFuzzer feeds bytes: filters up to a line end, then a topic. Filters match as an obvious matcher says, their cover
// matches what they match and once, and no topic makes the catalogue, the rule for topics or the nearest topic trap.

private let catalogue: Catalogue = {
  do { return try Catalogue(.builtIn) } catch { fatalError("\(error)") }
}()

/// The obvious way, over lists of levels.
private func matches(_ filter: ArraySlice<[UInt8]>, _ topic: ArraySlice<[UInt8]>, isFirst: Bool = true) -> Bool {
  let hides = isFirst && topic.first?.first == UInt8(ascii: "$")
  guard let level = filter.first else { return topic.isEmpty }
  if level == Array("#".utf8) { return !hides }
  guard let part = topic.first else { return false }
  guard level == part || level == Array("+".utf8) && !hides else { return false }
  if topic.count == 1, filter.dropFirst().first == Array("#".utf8) { return true }
  return matches(filter.dropFirst(), topic.dropFirst(), isFirst: false)
}

private func levels(_ text: String) -> ArraySlice<[UInt8]> {
  text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)[...]
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTopics(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  let parts = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
  let topic = parts.last.map { Array($0) } ?? []
  topic.withUnsafeBytes { bytes in
    _ = catalogue.matches(bytes)
    guard TopicRule.problem(with: bytes, longestBytes: 1024) == nil else { return }
    let text = String(decoding: bytes, as: UTF8.self)
    precondition(NearestTopic.find(text, in: catalogue, count: 3).count == 3)
    let filters = String(decoding: parts[0], as: UTF8.self).split(separator: " ").map(String.init)
      .filter { TopicFilters.problem(with: $0) == nil }
    guard !filters.isEmpty, filters.count <= 8 else { return }
    let matching = filters.filter { filter in
      let found = TopicFilter(filter).matches(bytes)
      precondition(found == matches(levels(filter), levels(text)), "\(filter) \(text)")
      return found
    }
    let covering = TopicFilters.cover(filters).filter { TopicFilter($0).matches(bytes) }
    precondition(covering.count <= 1, "\(filters) \(text): \(covering)")
    precondition(matching.isEmpty || covering.count == 1, "\(filters) \(text)")
  }
  return 0
}

@main
enum FuzzTopics {
  static func main() {
    fuzz({ fuzzTopics($0, $1) })
  }
}
