import CSimdJSON
import Telemetry
import WireFormats

/// Reads values that stand under the names of their metrics.
struct NamedReading {
  private enum Name {
    case key(Int)
    case path(PointerPaths)
  }

  private let walk: JSONWalk
  private let name: Name
  private let values: PointerPaths
  private let error: PointerPaths?
  private let times: PointerPaths?
  private let timeFormat: TimeFormat?
  /// Which metrics are called so.
  private var metrics = NameTable<Int>()

  init(_ named: NamedValues, _ metrics: [Metric]) {
    walk = JSONWalk(named.each)
    switch named.name {
    case .key(let key): name = .key(key)
    case .value(let path): name = .path(PointerPaths([path.keys ?? []]))
    }
    values = PointerPaths(named.at.compactMap(\.keys))
    error = named.error.map { PointerPaths([$0.keys ?? []]) }
    times = named.time.map { PointerPaths($0.at.compactMap(\.keys)) }
    timeFormat = named.time?.format
    for (index, metric) in metrics.enumerated() {
      guard case .called(let names) = metric.source else { continue }
      for name in names { self.metrics.add(name, index) }
    }
  }

  /// Calls `append` for each value whose name is a metric's.
  func forEachValue(
    in document: JSONDocument, _ place: csj_element, _ trail: JSONWalk.Trail, _ append: RecordReading.Append
  ) {
    var trail = trail
    let firstKey = trail.keys.count
    walk.forEach(from: place, &trail) { trail in
      guard let name = name(in: document, trail, firstKey) else { return true }
      let metrics = metrics.meanings(of: name)
      if metrics.isEmpty { return true }
      let hasError = hasError(at: trail.match, in: document)
      let value = first(of: values, from: trail.match, in: document) ?? (hasError ? .null : .absent)
      if value.isAbsent { return true }
      for metric in metrics { append(metric, value, hasError ? .device : .good, time(at: trail.match, in: document)) }
      return true
    }
  }

  private func name(in document: JSONDocument, _ trail: JSONWalk.Trail, _ firstKey: Int) -> UnsafeRawBufferPointer? {
    switch name {
    case .key(let key): trail.keys[firstKey + key].text
    case .path(let paths): paths.follow(0, from: trail.match).flatMap { document.value(at: $0).text }
    }
  }

  private func hasError(at place: csj_element, in document: JSONDocument) -> Bool {
    guard let found = error?.follow(0, from: place) else { return false }
    if case .null = document.value(at: found) { return false }
    return true
  }

  private func first(of paths: PointerPaths, from place: csj_element, in document: JSONDocument) -> RawValue? {
    for index in 0..<paths.count {
      if let found = paths.follow(index, from: place) { return document.value(at: found) }
    }
    return nil
  }

  private func time(at place: csj_element, in document: JSONDocument) -> RecordReading.OwnTime {
    guard let times, let timeFormat, let value = first(of: times, from: place, in: document) else { return .record }
    return .own(value, timeFormat)
  }
}
