import CSimdJSON
import Telemetry
import WireFormats

/// Reads the places that a profile names: of each record into slots, and from there each metric's values.
///
/// Invariants
/// - One thread. A record's slots are read before the next record.
/// - Metrics come in the profile's order, then what names its metric itself, in the order of the payload.
final class RecordReading {
  /// The time of a value: its record's, or one that stands beside it.
  enum OwnTime {
    case record
    case own(RawValue, TimeFormat)
  }

  /// What the device says beside a value.
  struct Remark {
    static var good: Remark { Remark(quality: .good) }
    static var device: Remark { Remark(quality: .device) }

    let quality: Quality
    /// By its code or spelling; empty where the device does not say.
    var unit = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  typealias Append = (_ metric: Int, _ raw: RawValue, _ remark: Remark, _ time: OwnTime) -> Void

  /// The places of a profile that are neither of its device nor of its tags.
  struct Places {
    let time: [RecordPlan.Place]
    let metricTimes: [[RecordPlan.Place]]
    let metricUnits: [[RecordPlan.Place]]
    /// By metric: alternatives; empty where it is read otherwise.
    let metrics: [[RecordPlan.Place]]
    /// Of the conditions, for records of named values.
    let conditions: [RecordPlan.Place]

    /// - Parameter metrics: of the profile, or none where they stand elsewhere.
    init(_ profile: Profile, metrics: [Metric], _ plan: inout RecordPlan) {
      func places(_ paths: [ValuePath]) -> [RecordPlan.Place] { paths.compactMap { plan.place(of: $0) } }
      time = places(profile.time?.at ?? [])
      metricTimes = metrics.map { places($0.time?.at ?? []) }
      metricUnits = metrics.map { places($0.unitPlaces) }
      self.metrics = metrics.map { metric in
        guard case .at(let paths) = metric.source, paths.allSatisfy({ $0.keys != nil }) else { return [] }
        return places(paths)
      }
      conditions = profile.payload.isFlat ? places(profile.conditions.map(\.at)) : []
    }
  }

  private enum Source {
    case slot(Int)
    case slots([Int])
    case every([JSONWalk])
    case count(MatchCount)
    case named
  }

  private let profile: Profile
  private let plan: RecordPlan
  private let sources: ContiguousArray<Source>
  /// By metric: the only slot that it is read from; -1 where there are more, or none. Most metrics have one.
  private let onlySlots: UnsafeMutablePointer<Int>
  /// The whole message is the record, and nothing looks at the way to it.
  private let isWhole: Bool
  private let plainPaths: PointerPaths
  private let upwardPaths: PointerPaths
  private let recordWalks: [RecordWalk]
  private let named: [NamedReading]
  private let conditions: CompiledConditions
  private let conditionSlots: [Int]
  /// For records of named values: which slot has which field.
  private var fieldSlots = NameTable<Int>()
  private let slots: UnsafeMutablePointer<RawValue>
  /// What the device says of each slot's value.
  private let remarks: UnsafeMutablePointer<Remark>

  private struct RecordWalk {
    let walk: JSONWalk
    /// The slots of the keys that it names.
    let keySlots: [(key: Int, slot: Int)]
  }

  /// - Parameter isFlat: what is read is records of named values.
  init(_ profile: Profile, _ plan: RecordPlan, _ places: Places, isFlat: Bool) {
    self.profile = profile
    self.plan = plan
    sources = ContiguousArray(
      zip(profile.metrics, places.metrics).map { metric, places in
        RecordReading.source(metric, places.map(plan.slot))
      })
    onlySlots = .allocate(capacity: max(1, sources.count))
    for (metric, source) in sources.enumerated() {
      if case .slot(let slot) = source { onlySlots[metric] = slot } else { onlySlots[metric] = -1 }
    }
    isWhole = profile.records == [.here] && plan.upward.isEmpty
    plainPaths = PointerPaths(plan.plain)
    upwardPaths = PointerPaths(plan.upward.map(\.keys))
    recordWalks = profile.records.map { path in
      let slots = plan.keyNames.enumerated().compactMap { index, name in
        path.names.firstIndex(of: name).map { (key: $0, slot: plan.slot(.key(index))) }
      }
      return RecordWalk(walk: JSONWalk(path), keySlots: slots)
    }
    named = profile.named.map { NamedReading($0, profile.metrics) }
    conditions = CompiledConditions(profile.conditions)
    conditionSlots = places.conditions.map(plan.slot)
    if isFlat {
      for (slot, keys) in plan.plain.enumerated() where keys.count == 1 { fieldSlots.add(keys[0], slot) }
    }
    slots = .allocate(capacity: max(1, plan.slotCount))
    slots.initialize(repeating: .absent, count: max(1, plan.slotCount))
    remarks = .allocate(capacity: max(1, plan.slotCount))
    remarks.initialize(repeating: .good, count: max(1, plan.slotCount))
  }

  deinit {
    onlySlots.deallocate()
    slots.deallocate()
    remarks.deallocate()
  }

  private static func source(_ metric: Metric, _ slots: [Int]) -> Source {
    switch metric.source {
    case .at(let paths):
      slots.isEmpty ? .every(paths.map(JSONWalk.init)) : slots.count == 1 ? .slot(slots[0]) : .slots(slots)
    case .count(let path, let conditions): .count(MatchCount(path, conditions))
    case .called: .named
    }
  }

  // MARK: JSON

  func accepts(_ document: JSONDocument) -> Bool {
    conditions.isEmpty || conditions.hold(from: document.root, in: document)
  }

  /// Calls `body` for each record, with its slots and the way to it.
  func forEachRecord(
    in document: JSONDocument,
    _ body: (_ slots: UnsafePointer<RawValue>, _ place: csj_element, _ trail: JSONWalk.Trail) -> Void
  ) {
    if isWhole {
      document.read(plainPaths, from: document.root, into: slots)
      return body(slots, document.root, JSONWalk.Trail())
    }
    for record in recordWalks {
      var isFound = false
      var trail = JSONWalk.Trail()
      record.walk.forEach(from: document.root, &trail) { trail in
        isFound = true
        document.read(plainPaths, from: trail.match, into: slots)
        readUpward(document, trail)
        for (key, slot) in record.keySlots { slots[slot] = trail.keys[key].value }
        body(slots, trail.match, trail)
        return true
      }
      if isFound { return }
    }
  }

  private func readUpward(_ document: JSONDocument, _ trail: JSONWalk.Trail) {
    for (index, path) in plan.upward.enumerated() {
      let place = trail.up(path.levelsUp).flatMap { upwardPaths.follow(index, from: $0) }
      slots[plan.plain.count + index] = place.map { document.value(at: $0) } ?? .absent
    }
  }

  /// Calls `append` for each value of the record that was read last.
  ///
  /// - Parameters:
  ///   - place: of the record.
  ///   - trail: the keys on the way to it.
  func forEachValue(
    in document: JSONDocument, _ place: csj_element, _ trail: JSONWalk.Trail, _ append: Append
  ) {
    for metric in 0..<sources.count {
      let slot = onlySlots[metric]
      if slot >= 0 {
        if !slots[slot].isAbsent { append(metric, slots[slot], .good, .record) }
        continue
      }
      switch sources[metric] {
      case .slots(let alternatives):
        if let slot = alternatives.first(where: { !slots[$0].isAbsent }) { append(metric, slots[slot], .good, .record) }
      case .every(let walks): appendEvery(walks, metric, document, place, append)
      case .count(let count):
        if let number = count.value(from: place, in: document) { append(metric, number, .good, .record) }
      case .slot, .named: break
      }
    }
    for reading in named { reading.forEachValue(in: document, place, trail, append) }
  }

  private func appendEvery(
    _ walks: [JSONWalk], _ metric: Int, _ document: JSONDocument, _ place: csj_element, _ append: Append
  ) {
    var trail = JSONWalk.Trail()
    for walk in walks {
      var isFound = false
      walk.forEach(from: place, &trail) { trail in
        isFound = true
        append(metric, document.value(at: trail.match), .good, .record)
        return true
      }
      if isFound { return }
    }
  }

  // MARK: Records of named values

  /// Fills the slots from a record; nil where it is not of this profile.
  func fill(from record: FieldRecords.Record, of fields: FieldRecords) -> UnsafePointer<RawValue>? {
    for slot in 0..<plan.slotCount { slots[slot] = .absent }
    for field in record.fields { take(fields.fields[field]) }
    for field in 0..<fields.sharedCount where !record.fields.contains(field) { take(fields.fields[field]) }
    // There are none for what stands in another format's envelope.
    for (condition, slot) in zip(profile.conditions, conditionSlots) {
      guard condition.holds(for: slots[slot]) else { return nil }
    }
    return UnsafePointer(slots)
  }

  /// Of fields with one name the first counts.
  @inline(__always)
  private func take(_ field: FieldRecords.Field) {
    for slot in fieldSlots.meanings(of: field.name) where slots[slot].isAbsent {
      slots[slot] = field.value
      remarks[slot] = Remark(quality: field.quality, unit: field.unit)
    }
  }

  /// Calls `append` for each value of the record that was filled last.
  func forEachFieldValue(_ append: Append) {
    for metric in 0..<sources.count {
      let slot = onlySlots[metric]
      if slot >= 0 {
        if !slots[slot].isAbsent { append(metric, slots[slot], remarks[slot], .record) }
        continue
      }
      switch sources[metric] {
      case .slots(let alternatives):
        if let slot = alternatives.first(where: { !slots[$0].isAbsent }) {
          append(metric, slots[slot], remarks[slot], .record)
        }
      // The reader of profiles takes no others for formats of named values.
      case .slot, .every, .count, .named: break
      }
    }
  }

  // MARK: What is missing

  /// Why a message without any value is refused.
  var missingMetrics: String {
    let places = profile.metrics.prefix(5).map(\.source.text).joined(separator: ", ")
    return
      "none of the profile's metrics is in the payload: nothing at \(places)\(profile.metrics.count > 5 ? ", …" : "")"
  }
}

extension JSONWalk.Key {
  /// The key as a value.
  var value: RawValue { text.map(RawValue.text) ?? .integer(index) }
}

extension Metric.Source {
  /// As it stands in the profile.
  var text: String {
    switch self {
    case .at(let paths): paths.map(\.text).joined(separator: " or ")
    case .count(let path, _): path.text
    case .called(let names): names.joined(separator: " or ")
    }
  }
}
