import DeviceCatalog
import Storage
import Telemetry

/// The devices, series, tags and state names that the store knows, and those it is about to: by one set of profiles and
/// one list of devices.
///
/// Invariants
/// - Numbers are given out here, in the order of first use, and are never used again. After a crash the messages that
///   made unsaved ones are read again and make the same ones.
/// - What is in `unsaved` is in no checkpoint yet.
/// - A binding is a device seen through a profile; `series[binding.firstSeries + metric]` is the series of a metric, 0
///   until the metric is first seen.
struct DeviceRegistry {
  struct Device {
    /// But for what the accounts say.
    var record: DeviceRecord
    var tags: [String: Tag] = [:]
    var counters: DeviceCounters

    var isListed: Bool { record.listing?.isListed ?? false }

    /// Those in force.
    var currentTags: [String: String] { tags.compactMapValues { $0.value.isEmpty ? nil : $0.value } }
  }

  /// A series that this gateway has heard of, or of which it has heard something new.
  struct NewSeries {
    let record: SeriesRecord
    /// How its windows are joined.
    let rule: SeriesRule
    /// Among the devices.
    let device: Int
  }

  /// A tag's value in force.
  struct Tag {
    /// Empty: none.
    let value: String
    let validFrom: Timestamp
    /// It is the registry's, and no message changes it.
    let isListed: Bool
  }

  struct Binding {
    let device: Int
    let profile: Int
    let firstSeries: Int
    /// What the tags were made from last, so that equal tags are passed over.
    var tagFingerprint: UInt64 = 0
  }

  /// What the profile in force says of a series, and the registry of its device.
  private struct Description: Equatable {
    var profile: Int
    var interval: Duration?
    var modulus: Double
  }

  struct Unsaved {
    var devices: [DeviceRecord] = []
    var listings: [(deviceID: Int64, listing: DeviceListing)] = []
    var profileMetrics: [ProfileMetric]?
    var tags: [TagRecord] = []
    var series: [SeriesRecord] = []
    var states: [(id: Int64, name: String)] = []

    /// A list of devices fills it too, and not messages alone.
    var isEmpty: Bool {
      devices.isEmpty && listings.isEmpty && profileMetrics == nil && tags.isEmpty && series.isEmpty && states.isEmpty
    }
  }

  private struct BindingKey: Hashable {
    let profile: Int
    let device: String
  }

  private struct SeriesKey: Hashable {
    let deviceID: Int64
    let metric: String
    let kind: MetricKind
    let unit: String
  }

  var devices: [Device] = []
  var bindings: [Binding] = []
  private(set) var seriesCount = 0
  var unsaved = Unsaved()
  let catalogue: Catalogue
  private var profiles: [Profile] { catalogue.profiles }
  let rule: EnrolmentRule
  /// The list of devices has not been taken over yet.
  var awaitsListing = true
  /// Of devices that are not listed: all of them, and of profiles that have a limit.
  var enrolled = 0
  var enrolledByProfile: [String: Int] = [:]
  /// As the store has them, or is about to.
  var profileMetrics: [ProfileMetric]
  private var series: [UInt32] = []
  var deviceIndices: [String: Int] = [:]
  private var bindingIndices: [BindingKey: Int] = [:]
  private var seriesIDs: [SeriesKey: SeriesID] = [:]
  /// As the store has them, until a reading comes for them.
  var storedSeries: [SeriesID: SeriesRecord]
  /// By series number: what its profile says of it; nil until this gateway has heard of it.
  private var descriptions: [Description?] = [nil]
  /// Series that windows and alerts have to be told of.
  var newSeries: [NewSeries] = []
  /// Devices of whose tags alerts have to be told.
  var retagged: Set<Int> = []
  private var stateIDs: [String: Int64] = [:]
  /// By profile and metric: the store's numbers of the metric's state names; made when first used.
  private var stateNumbers: [[[Double]]]
  var lastDeviceID: Int64 = 0
  private var lastSeriesID: UInt32 = 0
  private var dirtyDevices: [Int] = []

  init(_ snapshot: StoreSnapshot, _ catalogue: Catalogue, rule: EnrolmentRule) throws {
    self.catalogue = catalogue
    self.rule = rule
    stateNumbers = catalogue.profiles.map { Array(repeating: [], count: $0.metrics.count) }
    profileMetrics = try snapshot.profileMetrics()
    let accounts = try snapshot.readingAccounts()
    let records = try snapshot.devices()
    devices.reserveCapacity(records.count)
    deviceIndices.reserveCapacity(records.count)
    for record in records {
      deviceIndices[record.name] = devices.count
      devices.append(Device(record: record, counters: DeviceCounters(account: accounts[record.id] ?? Account())))
      lastDeviceID = max(lastDeviceID, record.id)
    }
    let indices = devices.enumerated().reduce(into: [Int64: Int]()) { $0[$1.element.record.id] = $1.offset }
    for tag in try snapshot.tags() {
      // In the order of validity: the last one is in force.
      guard let index = indices[tag.deviceID] else { continue }
      devices[index].tags[tag.name] = Tag(value: tag.value, validFrom: tag.validFrom, isListed: tag.isListed)
    }
    var stored: [SeriesID: SeriesRecord] = [:]
    for record in try snapshot.series() {
      seriesIDs[
        SeriesKey(deviceID: record.deviceID, metric: record.metric, kind: record.kind, unit: record.unit)] = record.id
      lastSeriesID = max(lastSeriesID, record.id.rawValue)
      stored[record.id] = record
    }
    storedSeries = stored
    seriesCount = seriesIDs.count
    for (id, name) in try snapshot.stateNames() { stateIDs[name] = id }
  }

  // MARK: Devices

  /// The binding of a device and a profile.
  ///
  /// - Throws: why the gateway may not get to know the device.
  mutating func binding(
    device name: String, profile: Int, seenAt: Timestamp
  ) throws(PayloadDecoder.Refusal) -> Int {
    let key = BindingKey(profile: profile, device: name)
    if let index = bindingIndices[key] { return index }
    let device = try device(name, profile: profile, seenAt: seenAt)
    bindings.append(Binding(device: device, profile: profile, firstSeries: series.count))
    series.append(contentsOf: repeatElement(0, count: profiles[profile].metrics.count))
    bindingIndices[key] = bindings.count - 1
    return bindings.count - 1
  }

  private mutating func device(
    _ name: String, profile: Int, seenAt: Timestamp
  ) throws(PayloadDecoder.Refusal) -> Int {
    if let index = deviceIndices[name] {
      if !rule.isOpen, !devices[index].isListed { throw unlisted(name) }
      noteFirstSight(of: index, at: seenAt)
      return index
    }
    let profile = profiles[profile].name
    if let refusal = refusal(of: name, profile: profile) { throw refusal }
    lastDeviceID += 1
    let record = DeviceRecord(id: lastDeviceID, name: name, profile: profile, firstSeenAt: seenAt)
    unsaved.devices.append(record)
    devices.append(Device(record: record, counters: DeviceCounters()))
    deviceIndices[name] = devices.count - 1
    countEnrolment(profile)
    return devices.count - 1
  }

  private mutating func noteFirstSight(of index: Int, at moment: Timestamp) {
    guard devices[index].record.firstSeenAt == nil else { return }
    devices[index].record.firstSeenAt = moment
    unsaved.devices.append(devices[index].record)
  }

  /// The store's number of a binding's device.
  func deviceID(of binding: Int) -> Int64 { devices[bindings[binding].device].record.id }

  // MARK: Series

  /// The readings of one message as samples: each with its series, made where it is new, and states by their numbers.
  mutating func makeSamples(
    of values: UnsafeBufferPointer<DecodedValue>, at time: Timestamp, for binding: Int,
    into samples: UnsafeMutableBufferPointer<Sample>
  ) {
    for (index, value) in values.enumerated() {
      let series = series(of: binding, metric: value.metric)
      let isState = value.quality == .good && value.isState
      samples[index] = Sample(
        series: series, quality: value.quality, time: time,
        value: isState ? stateNumber(of: value, profile: bindings[binding].profile) : value.value)
    }
  }

  /// The series of a metric of a binding; made where it is new.
  @inline(__always)
  private mutating func series(of binding: Int, metric: Int) -> SeriesID {
    let known = series[bindings[binding].firstSeries + metric]
    return known != 0 ? SeriesID(rawValue: known) : makeSeries(of: binding, metric: metric)
  }

  private mutating func makeSeries(of index: Int, metric: Int) -> SeriesID {
    let binding = bindings[index]
    let spec = profiles[binding.profile].metrics[metric]
    let key = SeriesKey(
      deviceID: devices[binding.device].record.id, metric: spec.name, kind: spec.kind, unit: spec.canonicalUnit ?? "")
    let id = seriesIDs[key] ?? register(key)
    let listed = devices[binding.device].record.listing?.interval
    describe(
      id, key, spec, device: binding.device,
      Description(
        profile: binding.profile, interval: listed ?? profiles[binding.profile].interval, modulus: spec.modulus))
    series[binding.firstSeries + metric] = id.rawValue
    return id
  }

  private mutating func register(_ key: SeriesKey) -> SeriesID {
    lastSeriesID += 1
    seriesCount += 1
    let id = SeriesID(rawValue: lastSeriesID)
    seriesIDs[key] = id
    return id
  }

  /// Takes over what a profile says of a series; the store is told where it knows otherwise.
  private mutating func describe(
    _ id: SeriesID, _ key: SeriesKey, _ metric: Metric, device: Int, _ description: Description
  ) {
    let record = SeriesRecord(
      id: id, deviceID: key.deviceID, metric: key.metric, kind: key.kind, unit: key.unit,
      interval: description.interval, modulus: description.modulus,
      dropsRepeats: profiles[description.profile].identity == .time)
    let missing = Int(id.rawValue) + 1 - descriptions.count
    if missing > 0 { descriptions.append(contentsOf: repeatElement(nil, count: missing)) }
    guard descriptions[Int(id.rawValue)] != description else { return }
    descriptions[Int(id.rawValue)] = description
    var rule = record.rule
    rule.wantsQuantiles = metric.wantsQuantiles
    newSeries.append(NewSeries(record: record, rule: rule, device: device))
    // Rules name states, of which none may have come yet.
    for name in metric.states.names { _ = stateID(of: name) }
    // From here on the description tells.
    guard storedSeries.removeValue(forKey: id) != record else { return }
    unsaved.series.append(record)
  }

  /// How many readings a series is to send in a window, 0 where nobody knows, and the profile that decodes it.
  func expectation(of id: SeriesID, in length: WindowLength) -> (readings: Double, profile: Int?) {
    guard let description = descriptions[Int(id.rawValue)] else { return (0, nil) }
    return (description.interval.map { Double(length.seconds) / $0.seconds } ?? 0, description.profile)
  }

  // MARK: States

  /// The store's number of a state, from its index among the metric's names.
  private mutating func stateNumber(of value: DecodedValue, profile: Int) -> Double {
    let metric = value.metric
    if stateNumbers[profile][metric].isEmpty {
      for name in profiles[profile].metrics[metric].states.names {
        stateNumbers[profile][metric].append(Double(stateID(of: name)))
      }
    }
    return stateNumbers[profile][metric][Int(value.value)]
  }

  private mutating func stateID(of name: String) -> Int64 {
    if let id = stateIDs[name] { return id }
    let id = Int64(stateIDs.count) + 1
    stateIDs[name] = id
    unsaved.states.append((id, name))
    return id
  }

  /// The numbers that stand for states in readings, by name.
  var stateNumbersByName: [String: Double] { stateIDs.mapValues(Double.init) }
  var stateCount: Int { stateIDs.count }

  // MARK: Accounts

  /// Changes a device's counters.
  @inline(__always)
  mutating func count(of binding: Int, _ body: (inout DeviceCounters) -> Void) {
    let device = bindings[binding].device
    if !devices[device].counters.isDirty {
      devices[device].counters.isDirty = true
      dirtyDevices.append(device)
    }
    body(&devices[device].counters)
  }

  /// The accounts that have changed since the last call of `saved`.
  func changedAccounts() -> [(deviceID: Int64, account: Account)] {
    dirtyDevices.sorted().map { (devices[$0].record.id, devices[$0].counters.account) }
  }

  /// To be called once the changes are in the store.
  mutating func saved() {
    unsaved = Unsaved()
    for device in dirtyDevices { devices[device].counters.isDirty = false }
    dirtyDevices.removeAll(keepingCapacity: true)
  }
}
