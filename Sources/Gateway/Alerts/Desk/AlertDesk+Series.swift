import Alerting
import Storage
import Telemetry

/// Which series there are, and whose: what rules look at.
extension AlertDesk {
  func bindAll(_ snapshot: StoreSnapshot) throws {
    let metrics = Set(rules.rules.flatMap(\.metrics))
    let devices = try snapshot.devices().reduce(into: [:]) { $0[$1.id] = $1.name }
    let history = TagHistory(try snapshot.tags())
    let latest = try snapshot.latestLookup()
    for record in try snapshot.series() {
      guard let device = devices[record.deviceID] else { continue }
      bind(
        record, device: device, tags: history.current(of: record.deviceID),
        latest: metrics.contains(record.metric) ? try latest.reading(of: record.id) : nil)
    }
  }

  private func bind(_ record: SeriesRecord, device: String, tags: [String: String], latest: LatestReading?) {
    if engine.binding(of: record.id) == nil { seriesByDevice[device, default: []].append(record.id) }
    engine.bind(SeriesBinding(record, of: device, tags: tags, states: stateNumbers, latest: latest))
    let lengths = engine.windowLengths(of: record.id)
    windowRules[record.id] = lengths.isEmpty ? nil : OpenWindows.Asked(rule: record.rule, lengths: lengths)
  }

  /// Makes series known that are new, or of which something has changed.
  func bind(_ new: [DeviceRegistry.NewSeries], _ registry: DeviceRegistry) {
    for series in new {
      let device = registry.devices[series.device]
      if series.record.kind == .state { learnStates(registry) }
      bind(series.record, device: device.record.name, tags: device.currentTags, latest: nil)
    }
  }

  private func learnStates(_ registry: DeviceRegistry) {
    guard registry.stateCount > stateNumbers.count else { return }
    stateNumbers = registry.stateNumbersByName
  }

  /// Takes over the tags that devices have now.
  func retag(_ devices: Set<Int>, _ registry: DeviceRegistry) {
    for index in devices.sorted() {
      let device = registry.devices[index]
      let tags = device.currentTags
      for series in seriesByDevice[device.record.name] ?? [] {
        guard var binding = engine.binding(of: series), binding.tags != tags else { continue }
        binding.tags = tags
        binding.latest = nil
        engine.bind(binding)
      }
    }
  }
}
