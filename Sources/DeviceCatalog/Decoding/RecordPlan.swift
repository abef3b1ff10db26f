import Telemetry
import WireFormats

/// Which places of a record are read, and which slot has the value of each.
///
/// Invariants
/// - A place has one slot, whoever asks for it. Slots of plain places come first.
/// - `heads` are the slots that are kept of each record until the next message: of device, tags and message id.
struct RecordPlan {
  /// The keys of the plain places; the slot is the index.
  private(set) var plain: [[String]] = []
  /// Places from above the record.
  private(set) var upward: [(levelsUp: Int, keys: [String])] = []
  /// Names that the records' path gives to keys.
  private(set) var keyNames: [String] = []
  private(set) var heads: [Place] = []

  /// What a slot stands for; the slot's number is known once all places are.
  enum Place: Equatable {
    case plain(Int)
    case upward(Int)
    case key(Int)
  }

  /// The place of a path; nil for one that is many.
  mutating func place(of path: ValuePath) -> Place? {
    guard let keys = path.keys else { return nil }
    if path.levelsUp == 0 {
      if let index = plain.firstIndex(of: keys) { return .plain(index) }
      plain.append(keys)
      return .plain(plain.count - 1)
    }
    let known = upward.firstIndex { $0.levelsUp == path.levelsUp && $0.keys == keys }
    if known == nil { upward.append((path.levelsUp, keys)) }
    return .upward(known ?? upward.count - 1)
  }

  mutating func place(ofKey name: String) -> Place {
    if let index = keyNames.firstIndex(of: name) { return .key(index) }
    keyNames.append(name)
    return .key(keyNames.count - 1)
  }

  /// The number of a place among those that are kept.
  mutating func head(_ place: Place) -> Int {
    if let index = heads.firstIndex(of: place) { return index }
    heads.append(place)
    return heads.count - 1
  }

  var slotCount: Int { plain.count + upward.count + keyNames.count }

  /// The number of a place's slot.
  func slot(_ place: Place) -> Int {
    switch place {
    case .plain(let index): index
    case .upward(let index): plain.count + index
    case .key(let index): plain.count + upward.count + index
    }
  }
}

/// A text that is put together, with the parts that stand in a record.
struct CompiledField {
  enum Part {
    case literal(String)
    case topic(String)
    /// Among the record's heads: the first at which anything stands.
    case heads([Int])
  }

  let parts: [Part]
  /// The only part, where it stands in a record.
  let onlyHead: Int?

  init(_ source: FieldSource, _ plan: inout RecordPlan) {
    var parts: [Part] = []
    for part in source.parts {
      switch part {
      case .literal(let text): parts.append(.literal(text))
      case .topic(let name): parts.append(.topic(name))
      case .key(let name): parts.append(.heads([plan.head(plan.place(ofKey: name))]))
      // The reader of profiles takes only paths of one place here.
      case .payload(let paths): parts.append(.heads(paths.compactMap { plan.place(of: $0) }.map { plan.head($0) }))
      }
    }
    self.parts = parts
    if parts.count == 1, case .heads(let heads) = parts[0], heads.count == 1 {
      onlyHead = heads[0]
    } else {
      onlyHead = nil
    }
  }

  var heads: [Int] {
    parts.flatMap { part in
      if case .heads(let heads) = part { return heads }
      return []
    }
  }
}

extension FieldSource {
  /// True where the topic alone tells it.
  public var isFromTopic: Bool {
    parts.allSatisfy { part in
      switch part {
      case .literal, .topic: true
      case .key, .payload: false
      }
    }
  }
}
