import StrictYAML

/// Where an explanation looks: a record of a message, as a place in a tree or as named values.
enum RecordView {
  case tree(JSONTree.Match)
  case named([NamedValue])

  /// The keys that the way to the record has names for.
  var keys: [String: String] {
    if case .tree(let match) = self { match.keys } else { [:] }
  }

  /// What stands at a path: every match, or one look that says where the way ends.
  func looks(at path: ValuePath) -> [Explanation.Look] {
    switch self {
    case .named(let values): return [look(for: path.keys?.first ?? path.text, among: values)]
    case .tree(let record):
      switch JSONTree.matches(of: path, from: record) {
      case .success(let matches): return matches.map { Explanation.Look($0.place) }
      case .failure(let end): return [Explanation.Look(wish(path, from: record), deadEnd: end.text)]
      }
    }
  }

  /// What stands at the first of some paths at which anything stands, behind the looks that found nothing.
  func looks(atFirstOf paths: [ValuePath]) -> [Explanation.Look] {
    var looks: [Explanation.Look] = []
    for path in paths {
      looks += self.looks(at: path)
      if looks.last?.found != nil { break }
    }
    return looks
  }

  private func look(for name: String, among values: [NamedValue]) -> Explanation.Look {
    if let value = values.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
      return Explanation.Look(name, value.value)
    }
    let names = values.map(\.name)
    let end = names.isEmpty ? "there are no values" : "there are \(JSONTree.list(names))"
    // Codes such as 011-Rtd are all near to each other.
    let isWord = !name.contains { $0.isNumber } && names.count <= JSONTree.mostHints
    return Explanation.Look(name, deadEnd: end + (isWord ? nearestHint(to: name, among: names) : ""))
  }

  /// A path as it is told: from the message's beginning where it begins in a record.
  private func wish(_ path: ValuePath, from record: JSONTree.Match) -> String {
    let base = record.place.pointer
    if base.isEmpty { return path.text }
    return path.levelsUp == 0 ? base + path.text : "\(path.text) of \(base)"
  }

  // MARK: Values that name their metric

  /// A value that stands under a name.
  struct Named {
    let name: String
    let look: Explanation.Look
    /// Places that say something of it.
    let besides: [Explanation.Look]
  }

  /// All of them, in the order in which they are read.
  func named(by sources: [NamedValues]) -> [Named] {
    guard case .tree(let record) = self else { return [] }
    return sources.flatMap { source -> [Named] in
      guard case .success(let matches) = JSONTree.matches(of: source.each, from: record) else { return [] }
      return matches.compactMap { named($0, by: source) }
    }
  }

  private func named(_ match: JSONTree.Match, by source: NamedValues) -> Named? {
    let below = RecordView.tree(match)
    var besides: [Explanation.Look] = []
    let name: String?
    switch source.name {
    case .key(let index): name = match.keys[source.each.names[index]]
    case .value(let path):
      let look = below.looks(at: path)[0]
      besides.append(look)
      name = if case .text(let text)? = look.found { text } else { nil }
    }
    guard let name else { return nil }
    let error = source.error.map { below.looks(at: $0)[0] }
    if let error { besides.append(error) }
    if let time = source.time { besides += below.looks(atFirstOf: time.at) }
    let value = below.looks(atFirstOf: source.at)
    if let found = value.last, found.found != nil { return Named(name: name, look: found, besides: besides) }
    guard let error, let said = error.found, said != .null else { return nil }
    return Named(name: name, look: Explanation.Look(error.place, said), besides: besides)
  }
}

extension Explanation.Look {
  init(_ place: JSONTree.Place) {
    self.init(place.pointer, place.tree.value)
  }
}
