import DeviceCatalog
import Storage
import Telemetry

/// Takes over what `registry.csv` lists.
///
/// Invariants
/// - What a listing changes holds from one moment on, the same for all devices: the receipt of the first message under
///   the set in force, which a replay meets again, or the clock where none has come by the first checkpoint.
/// - The registry's tags win over those of messages for as long as it has them.
extension DeviceRegistry {
  /// Takes over all rows; to be called once, before the first message.
  mutating func enlist(at moment: Timestamp) {
    awaitsListing = false
    let list = catalogue.registry
    devices.reserveCapacity(max(devices.count, list.devices.count))
    deviceIndices.reserveCapacity(max(devices.count, list.devices.count))
    var isListed = Array(repeating: false, count: devices.count)
    var newIntervals: Set<Int64> = []
    for row in list.devices {
      let index = deviceIndices[row.device] ?? add(row)
      if index < isListed.count { isListed[index] = true }
      if enlist(row, at: index, moment) { newIntervals.insert(devices[index].record.id) }
    }
    for index in isListed.indices where !isListed[index] && devices[index].isListed {
      if delist(index, at: moment) { newIntervals.insert(devices[index].record.id) }
    }
    setIntervals(of: newIntervals)
    countEnrolled()
    noteProfileMetrics(of: list)
  }

  /// Adds a device that has never spoken.
  private mutating func add(_ row: ListedDevice) -> Int {
    lastDeviceID += 1
    let record = DeviceRecord(id: lastDeviceID, name: row.device, profile: row.profile, firstSeenAt: nil)
    unsaved.devices.append(record)
    devices.append(Device(record: record, counters: DeviceCounters()))
    deviceIndices[row.device] = devices.count - 1
    return devices.count - 1
  }

  /// - Returns: whether its interval is another one than before.
  private mutating func enlist(_ row: ListedDevice, at index: Int, _ moment: Timestamp) -> Bool {
    let former = devices[index].record.listing
    var listing = DeviceListing(listedAt: former?.listedAt ?? moment)
    listing.expectedUntil = row.isReplaced ? former?.expectedUntil ?? moment : nil
    listing.name = row.name
    listing.code = row.code
    listing.longitude = row.position?.longitude
    listing.latitude = row.position?.latitude
    listing.interval = row.interval
    if devices[index].record.profile != row.profile {
      devices[index].record.profile = row.profile
      unsaved.devices.append(devices[index].record)
    }
    setListing(listing, of: index)
    setListedTags(row.tags, of: index, at: moment)
    return former?.interval != listing.interval
  }

  /// Its code stays known, so that history can be found by it.
  private mutating func delist(_ index: Int, at moment: Timestamp) -> Bool {
    guard var listing = devices[index].record.listing else { return false }
    let interval = listing.interval
    listing.isListed = false
    listing.expectedUntil = listing.expectedUntil ?? moment
    listing.interval = nil
    setListing(listing, of: index)
    setListedTags([], of: index, at: moment)
    return interval != nil
  }

  private mutating func setListing(_ listing: DeviceListing, of index: Int) {
    guard devices[index].record.listing != listing else { return }
    devices[index].record.listing = listing
    unsaved.listings.append((devices[index].record.id, listing))
  }

  // MARK: Tags

  private mutating func setListedTags(_ tags: [ListedDevice.Tag], of index: Int, at moment: Timestamp) {
    for tag in tags { setListedTag(tag.name, tag.value, of: index, at: moment) }
    for (name, known) in devices[index].tags where known.isListed && !tags.contains(where: { $0.name == name }) {
      // From here on the device has no such tag, until a message gives it one.
      record(Tag(value: "", validFrom: max(moment, known.validFrom), isListed: false), name, of: index)
    }
  }

  private mutating func setListedTag(_ name: String, _ value: String, of index: Int, at moment: Timestamp) {
    guard let known = devices[index].tags[name] else {
      return record(Tag(value: value, validFrom: Timestamp(microseconds: .min), isListed: true), name, of: index)
    }
    guard known.value != value || !known.isListed else { return }
    // A device whose clock is ahead may have given a tag for times to come.
    let validFrom = known.value == value ? known.validFrom : max(moment, known.validFrom)
    record(Tag(value: value, validFrom: validFrom, isListed: true), name, of: index)
  }

  // MARK: Intervals

  /// Series that no reading comes for are expected by the new interval too.
  private mutating func setIntervals(of deviceIDs: Set<Int64>) {
    guard !deviceIDs.isEmpty else { return }
    let profiles = Dictionary(catalogue.profiles.map { ($0.name, $0) }) { first, _ in first }
    let records = devices.reduce(into: [:]) { $0[$1.record.id] = $1.record }
    for (id, series) in storedSeries where deviceIDs.contains(series.deviceID) {
      guard let device = records[series.deviceID] else { continue }
      var changed = series
      if let interval = device.listing?.interval {
        changed.interval = interval
      } else if let profile = profiles[device.profile], profile.metrics.contains(where: { $0.name == series.metric }) {
        changed.interval = profile.interval
      }
      guard changed != series else { continue }
      storedSeries[id] = changed
      unsaved.series.append(changed)
    }
  }

  /// What listed devices are to send that have never spoken.
  private mutating func noteProfileMetrics(of list: DeviceList) {
    let names = Set(list.devices.map(\.profile))
    let metrics = catalogue.profiles.filter { names.contains($0.name) }.flatMap { profile in
      profile.metrics.map { metric in
        ProfileMetric(
          profile: profile.name, metric: metric.name, kind: metric.kind, unit: metric.canonicalUnit ?? "",
          interval: profile.interval)
      }
    }.sorted { ($0.profile, $0.metric) < ($1.profile, $1.metric) }
    guard metrics != profileMetrics else { return }
    profileMetrics = metrics
    unsaved.profileMetrics = metrics
  }

  // MARK: Enrolment

  private mutating func countEnrolled() {
    enrolled = 0
    enrolledByProfile = [:]
    for device in devices where !device.isListed { countEnrolment(device.record.profile) }
  }

  mutating func countEnrolment(_ profile: String) {
    enrolled += 1
    if rule.profileLimits[profile] != nil { enrolledByProfile[profile, default: 0] += 1 }
  }

  /// Why a device that is not listed and not known yet cannot be taken in; nil where it can.
  func refusal(of device: String, profile: String) -> PayloadDecoder.Refusal? {
    guard rule.isOpen else { return unlisted(device) }
    guard enrolled < rule.deviceLimit else {
      return PayloadDecoder.Refusal(.deviceLimit, "more devices than limits.devices")
    }
    if let limit = rule.profileLimits[profile], enrolledByProfile[profile, default: 0] >= limit {
      return PayloadDecoder.Refusal(
        .deviceLimit, "more devices of the profile \(profile) than limits.devices_per_profile, \(limit)")
    }
    return nil
  }

  func unlisted(_ device: String) -> PayloadDecoder.Refusal {
    PayloadDecoder.Refusal(.unlisted, "'\(device)' is not in registry.csv, and enrol: listed takes no other devices")
  }
}
