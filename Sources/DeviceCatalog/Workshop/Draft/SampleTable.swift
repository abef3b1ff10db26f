import Sparkplug
import Telemetry
import WireFormats

/// What samples have at each place: a row for each place that holds a value in any of them.
struct SampleTable {
  struct Row {
    /// From the record on; the name of a value as one key.
    let keys: [String]
    /// In the order of the samples; those without are left out.
    var values: [FoundValue]
  }

  struct LeftOut {
    let place: String
    let what: String
  }

  private(set) var rows: [Row] = []
  private(set) var leftOut: [LeftOut] = []
  /// The records stand in a list that is the whole message.
  private(set) var isList = false
  /// Records in all samples.
  private(set) var recordCount = 0
  let messageCount: Int

  private var indices: [[String]: Int] = [:]
  private var leftOutKeys: Set<[String]> = []
  /// Places that are looked at, and places that are left out.
  static let mostRows = 200

  /// - Returns: nil where no sample has anything to draft from.
  init?(_ samples: [DraftSample], _ guess: PayloadGuess) {
    messageCount = samples.count
    if guess == .sparkplugB {
      addSparkplug(samples)
    } else if guess.isTree {
      for sample in samples { addTree(sample, guess) }
    } else {
      for sample in samples {
        let fields = FieldRecords()
        _ = guess.read(sample.payload, into: fields) { addRecords(of: fields) }
      }
    }
    if rows.isEmpty { return nil }
  }

  private mutating func addSparkplug(_ samples: [DraftSample]) {
    var host = HostApplication()
    for sample in samples {
      guard let topic = Array(sample.topic.utf8).withUnsafeBytes(SparkplugTopic.init), let node = host.node(of: topic)
      else { continue }
      let fields = FieldRecords()
      sample.payload.withUnsafeBytes { bytes in
        let outcome = host.take(bytes, topic, node: node, receivedAt: Timestamp(seconds: 0), into: fields)
        if outcome == .birth || outcome == .values { addRecords(of: fields) }
      }
    }
  }

  private mutating func addRecords(of fields: FieldRecords) {
    for number in fields.records.indices {
      recordCount += 1
      for field in fields.named(inRecord: number) { add([field.name], field.value) }
    }
  }

  private mutating func addTree(_ sample: DraftSample, _ guess: PayloadGuess) {
    let document = JSONDocument(maxBytes: max(1, sample.payload.count))
    guard var tree = document.tree(of: sample.payload) else { return }
    for key in guess.envelope {
      guard let member = tree.member(key) else { return }
      tree = member
    }
    if case .list(let records) = tree {
      isList = true
      for record in records { addRecord(record) }
    } else {
      addRecord(tree)
    }
  }

  private mutating func addRecord(_ tree: JSONTree) {
    recordCount += 1
    addLeaves(of: tree, [])
  }

  private mutating func addLeaves(of tree: JSONTree, _ keys: [String]) {
    switch tree {
    case .leaf(let value): add(keys, value)
    case .object(let members):
      for (key, member) in members { addLeaves(of: member, keys + [key]) }
    case .list(let elements): leaveOut(keys, SampleTable.words(forList: elements))
    }
  }

  private static func words(forList elements: [JSONTree]) -> String {
    guard let first = elements.first else { return "a list, empty in the samples" }
    let keys = JSONTree.list(first.members.map(\.key))
    switch first {
    case .object: return "a list of objects with \(keys): 'records' reads each, or a place with '*' in it"
    case .list: return "a list of lists: places such as /0/1 read single values"
    case .leaf(let value): return "a list of values such as \(value.text): places such as /0 read single values"
    }
  }

  private mutating func leaveOut(_ keys: [String], _ what: String) {
    guard leftOut.count < Self.mostRows, leftOutKeys.insert(keys).inserted else { return }
    leftOut.append(LeftOut(place: ValuePath(keys: keys).text, what: what))
  }

  private mutating func add(_ keys: [String], _ value: FoundValue) {
    guard !keys.isEmpty else { return }
    guard !keys.contains("*") else { return leaveOut(keys, "a place with a key that is '*' cannot be named") }
    if let index = indices[keys] {
      rows[index].values.append(value)
    } else if rows.count < Self.mostRows {
      indices[keys] = rows.count
      rows.append(Row(keys: keys, values: [value]))
    } else {
      leaveOut(keys, "beyond the first \(Self.mostRows) places")
    }
  }
}

extension SampleTable.Row {
  /// The place, as a profile has it.
  var place: String { ValuePath(keys: keys).text }

  /// The numbers among the values, and texts that are numbers.
  var numbers: [Double] {
    values.compactMap { value in
      switch value {
      case .number(let number): number.value
      case .text(let text): Number(text)?.value
      default: nil
      }
    }
  }

  var texts: [String] { values.compactMap { if case .text(let text) = $0 { text } else { nil } } }

  /// All that are there are null.
  var isNull: Bool { values.allSatisfy { $0 == .null } }
}
