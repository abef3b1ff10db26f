import DeviceCatalog
import DurableSQLite
import Ingest
import Storage
import Telemetry

/// The records of a message, and their readings: whose they are, where they count, what becomes of each.
extension Pipeline {
  /// Finds the devices of all records; a message of which one has none is refused.
  func bind(
    _ decoder: PayloadDecoder, profile: Int, route: Int, receivedAt: Timestamp
  ) -> PayloadDecoder.Refusal? {
    let claim = routes[route].claim(of: profile)
    if let binding = routes[route].claims[claim].binding {
      for index in fates.indices { fates[index].binding = binding }
      return nil
    }
    for (index, record) in decoder.records.enumerated() {
      guard let device = decoder.device(of: record, captures: routes[route].claims[claim].captures),
        Identifier.isValid(device)
      else { return PayloadDecoder.Refusal(.device, PayloadDecoder.noDeviceSentence) }
      do throws(PayloadDecoder.Refusal) {
        fates[index].binding = try registry.binding(device: device, profile: profile, seenAt: receivedAt)
      } catch {
        return error
      }
    }
    if decoder.deviceIsFromTopic { routes[route].claims[claim].binding = fates[0].binding }
    return nil
  }

  func take(
    _ record: DecodedRecord, _ index: Int, of decoder: PayloadDecoder, route: Int, _ frame: MessageFrame
  ) throws(DatabaseFailure) {
    let fate = fates[index]
    switch fate.cause {
    case .withoutTime: return reject(decoder.values[record.values], of: fate.binding, .retained)
    case .rejected(let reason): return reject(decoder.values[record.values], of: fate.binding, reason)
    case .counts: break
    }
    updateTags(of: fate.binding, route: route, decoder, record, time: fate.time)
    if !registry.retagged.isEmpty { tellTags() }
    let isRetained = frame.flags.contains(.retained)
    // Records of one message share its id.
    let identity = decoder.messageIdentity(of: record).map { $0 &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
    let isRepeat = !isRetained && isKnown(identity, of: fate.binding)
    try aggregateAll(of: record, decoder, fate, frame, as: isRetained ? .retained : isRepeat ? .repeated : .new)
  }

  func aggregateAll(
    of record: DecodedRecord, _ decoder: PayloadDecoder, _ fate: RecordFate, _ frame: MessageFrame,
    as counting: Counting
  ) throws(DatabaseFailure) {
    try decoder.withValues(of: record) { values throws(DatabaseFailure) in
      var rest = values[...]
      while !rest.isEmpty {
        try aggregate(
          UnsafeBufferPointer(rebasing: rest.prefix(Pipeline.samplesAtOnce)), of: fate.binding, time: fate.time,
          receivedAt: frame.receivedAt, as: counting)
        rest = rest.dropFirst(Pipeline.samplesAtOnce)
      }
    }
  }

  private func updateTags(
    of binding: Int, route: Int, _ decoder: PayloadDecoder, _ record: DecodedRecord, time: Timestamp
  ) {
    guard !decoder.profile.tags.isEmpty else { return }
    let fingerprint = decoder.tagFingerprint(of: record, seed: routes[route].number)
    guard registry.tagsMayDiffer(of: binding, fingerprint: fingerprint) else { return }
    let claim = routes[route].profiles.firstIndex { decoders.decoders[$0] === decoder } ?? 0
    let tags = decoder.tags(of: record, captures: routes[route].claims[claim].captures)
    registry.setTags(tags, of: binding, at: time, fingerprint: fingerprint)
  }

  /// Whether the device has sent a message of this id before; it is remembered.
  private func isKnown(_ identity: UInt64?, of binding: Int) -> Bool {
    guard let identity else { return false }
    return !identities.insert(
      MessageIdentity(deviceID: registry.deviceID(of: binding), hash: identity, receivedAt: takenAt))
  }

  // MARK: Readings

  /// What the readings of a message are counted as.
  enum Counting {
    case new
    /// The message was sent again.
    case repeated
    /// The broker kept it: it sets the latest value, and was counted when it was published.
    case retained
  }

  private func aggregate(
    _ values: UnsafeBufferPointer<DecodedValue>, of binding: Int, time: Timestamp, receivedAt: Timestamp,
    as counting: Counting
  ) throws(DatabaseFailure) {
    registry.makeSamples(of: values, at: time, for: binding, into: samples)
    if !registry.newSeries.isEmpty { tellSeries() }
    let made = UnsafeMutableBufferPointer(rebasing: samples[..<values.count])
    latest.update(UnsafeBufferPointer(made), receivedAt: receivedAt)
    let store = store
    func load(_ key: WindowKey) throws(DatabaseFailure) -> WindowState? { try store.window(key, length: .minute) }
    switch counting {
    case .new:
      try windows.add(
        made, receivedAt: takenAt, load: load,
        loadSamples: { key throws(DatabaseFailure) in try store.samples(of: key) })
      alerts?.observe(UnsafeBufferPointer(made), receivedAt: receivedAt)
      if tap.isOpen { tap.keep(UnsafeBufferPointer(made), receivedAt: receivedAt) }
    case .repeated: try windows.noteRepeats(made, load: load)
    case .retained: break
    }
    settle(UnsafeBufferPointer(made), of: binding, as: counting)
  }

  /// Counts readings that no window takes.
  private func reject(_ values: ArraySlice<DecodedValue>, of binding: Int, _ reason: RejectReason) {
    registry.count(of: binding) { counters in
      counters.made += Int64(values.count)
      for value in values { counters.settle(value.quality == .good ? .rejected(reason) : .bad(value.quality)) }
    }
  }

  private func tellSeries() {
    for series in registry.newSeries { windows.setRule(series.rule, of: series.record.id) }
    alerts?.bind(registry.newSeries, registry)
    registry.newSeries.removeAll(keepingCapacity: true)
  }

  func tellTags() {
    alerts?.retag(registry.retagged, registry)
    registry.retagged.removeAll(keepingCapacity: true)
  }

  private func settle(_ made: UnsafeBufferPointer<Sample>, of binding: Int, as counting: Counting) {
    registry.count(of: binding) { counters in
      counters.made += Int64(made.count)
      for sample in made {
        if counting == .repeated || sample.isRepeat {
          counters.settle(.duplicate)
        } else if sample.quality != .good {
          counters.settle(.bad(sample.quality))
        } else if counting == .retained {
          counters.settle(.rejected(.retained))
        } else {
          counters.aggregated += 1
        }
      }
    }
  }
}
