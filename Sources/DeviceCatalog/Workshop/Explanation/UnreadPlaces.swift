/// Remembers where an explanation found something, and tells the rest of the message.
///
/// A message may have as many places as bytes: each is looked at once.
struct UnreadPlaces {
  /// Pointers, and names of values.
  private var found: Set<String> = []
  /// Pointers with `*` for every number in them: what was read of one element of a list is read of all.
  private var patterns: Set<String> = []
  private var named: [NamedValue] = []
  private var names: Set<String> = []

  mutating func look(_ looks: [Explanation.Look]) {
    for look in looks where look.found != nil && found.insert(look.place).inserted {
      patterns.insert(Self.pattern(of: look.place))
    }
  }

  /// Values that a format has under names; of equal names the first.
  mutating func add(_ values: [NamedValue]) {
    for value in values where names.insert(value.name).inserted { named.append(value) }
  }

  /// - Parameter document: nil where the message is no tree.
  func places(of document: JSONTree?) -> [Explanation.Look] {
    var unread: [Explanation.Look] = []
    var seen: Set<String> = []
    if let document { collect(document, at: "", as: "", into: &unread, &seen) }
    return unread + named.filter { !found.contains($0.name) }.map { Explanation.Look($0.name, $0.value) }
  }

  /// - Parameter name: the pointer with `*` for the indices of lists.
  private func collect(
    _ tree: JSONTree, at pointer: String, as name: String, into unread: inout [Explanation.Look],
    _ seen: inout Set<String>
  ) {
    if found.contains(pointer) || patterns.contains(name) { return }
    let members = tree.members
    if members.isEmpty, !pointer.isEmpty, seen.insert(name).inserted {
      unread.append(Explanation.Look(name, tree.value))
    }
    for (key, member) in members {
      let step = ValuePath.escaped(key)
      let isElement = if case .list = tree { true } else { false }
      collect(member, at: "\(pointer)/\(step)", as: "\(name)/\(isElement ? "*" : step)", into: &unread, &seen)
    }
  }

  private static func pattern(of pointer: String) -> String {
    pointer.split(separator: "/", omittingEmptySubsequences: false)
      .map { ValuePath.index(of: String($0)) == nil || $0.isEmpty ? String($0) : "*" }.joined(separator: "/")
  }
}
