import CSimdJSON

/// Walks a path with steps that stand for every member, in one document.
///
/// Invariants
/// - `trail` holds the place at each level on the way to a match, the start first and the match last.
/// - Places that are gone over in one message are bounded by those of the document, times the steps that stand for every
///   member; each level of the document is gone over by one step.
struct JSONWalk {
  /// One step, or some keys after each other.
  private enum Leg {
    case keys(count: Int, paths: PointerPaths)
    case every(capture: Int?)
  }

  /// A key on the way: of a member, or the index of an element.
  struct Key {
    var text: UnsafeRawBufferPointer?
    var index: Int64
  }

  private let legs: [Leg]
  let captureCount: Int

  /// - Parameter path: its names are numbered in their order.
  init(_ path: ValuePath) {
    var legs: [Leg] = []
    var keys: [String] = []
    var captureCount = 0
    func closeKeys() {
      if !keys.isEmpty {
        legs.append(.keys(count: keys.count, paths: PointerPaths((1...keys.count).map { Array(keys[..<$0]) })))
      }
      keys = []
    }
    for step in path.steps {
      switch step {
      case .key(let key): keys.append(key)
      case .every(let name):
        closeKeys()
        legs.append(.every(capture: name == nil ? nil : captureCount))
        if name != nil { captureCount += 1 }
      }
    }
    closeKeys()
    self.legs = legs
    self.captureCount = captureCount
  }

  /// What is found on the way to a match.
  struct Trail {
    /// From the start to the match.
    var places: [csj_element] = []
    /// By capture.
    var keys: [Key] = []

    var match: csj_element { places[places.count - 1] }

    /// The place so many levels above the match; nil above the start.
    func up(_ levels: Int) -> csj_element? {
      levels < places.count ? places[places.count - 1 - levels] : nil
    }
  }

  /// Calls `body` for each match, in the order of the document, until it answers false.
  ///
  /// - Parameter trail: used for the way; begins with the places above the start, for paths that go up.
  func forEach(from place: csj_element, _ trail: inout Trail, _ body: (borrowing Trail) -> Bool) {
    let keys = trail.keys.count
    trail.keys.append(contentsOf: repeatElement(Key(text: nil, index: 0), count: captureCount))
    trail.places.append(place)
    _ = go(0, keys, &trail, body)
    trail.places.removeLast()
    trail.keys.removeLast(captureCount)
  }

  /// False where `body` wants no more.
  private func go(
    _ leg: Int, _ firstKey: Int, _ trail: inout Trail, _ body: (borrowing Trail) -> Bool
  ) -> Bool {
    guard leg < legs.count else { return body(trail) }
    let place = trail.match
    let depth = trail.places.count
    defer { trail.places.removeLast(trail.places.count - depth) }
    switch legs[leg] {
    case .keys(let count, let paths):
      for step in 0..<count {
        guard let next = paths.follow(step, from: place) else { return true }
        trail.places.append(next)
      }
      return go(leg + 1, firstKey, &trail, body)
    case .every(let capture):
      var cursor = csj_members(place)
      var member = csj_member()
      while csj_next(&cursor, &member) {
        if let capture {
          trail.keys[firstKey + capture] = Key(
            text: member.key.map { UnsafeRawBufferPointer(start: $0, count: member.key_length) }, index: member.index)
        }
        trail.places.append(member.element)
        let goesOn = go(leg + 1, firstKey, &trail, body)
        trail.places.removeLast()
        if !goesOn { return false }
      }
      return true
    }
  }
}
