import CSimdJSON

/// A JSON document as a value, for what looks at it slowly: explanations and drafts.
///
/// Of an object's equal keys the first counts.
indirect enum JSONTree: Sendable {
  case leaf(FoundValue)
  case list([JSONTree])
  case object([(key: String, value: JSONTree)])

  /// Copies the document that was parsed last.
  init(_ document: JSONDocument) {
    self.init(document.root, in: document)
  }

  private init(_ place: csj_element, in document: JSONDocument) {
    let raw = document.value(at: place)
    var cursor = csj_members(place)
    var member = csj_member()
    switch raw {
    case .list:
      var elements: [JSONTree] = []
      while csj_next(&cursor, &member) { elements.append(JSONTree(member.element, in: document)) }
      self = .list(elements)
    case .object:
      var members: [(key: String, value: JSONTree)] = []
      while csj_next(&cursor, &member) {
        let key = UnsafeRawBufferPointer(start: member.key, count: member.key_length)
        members.append((String(decoding: key, as: UTF8.self), JSONTree(member.element, in: document)))
      }
      self = .object(members)
    default: self = .leaf(FoundValue(raw) ?? .null)
    }
  }

  /// What stands here.
  var value: FoundValue {
    switch self {
    case .leaf(let value): value
    case .list(let elements): .list(count: elements.count)
    case .object(let members): .object(keys: members.map(\.key))
    }
  }

  /// The member of a key, or the element of the index that the key spells; nil where there is none.
  func member(_ key: String) -> JSONTree? {
    switch self {
    case .leaf: nil
    case .list(let elements):
      ValuePath.index(of: key).flatMap { Int(exactly: $0) }.flatMap {
        elements.indices.contains($0) ? elements[$0] : nil
      }
    case .object(let members): members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
  }

  /// The members with their keys, or the elements with their indices.
  var members: [(key: String, value: JSONTree)] {
    switch self {
    case .leaf: []
    case .list(let elements): elements.enumerated().map { (String($0.offset), $0.element) }
    case .object(let members): members
    }
  }
}
