import Storage
import Telemetry

/// The tags of devices, as messages give them; those of the registry stand in `enlist`.
extension DeviceRegistry {
  /// True where the tags may differ from those of the last message.
  @inline(__always)
  func tagsMayDiffer(of binding: Int, fingerprint: UInt64) -> Bool {
    bindings[binding].tagFingerprint != fingerprint
  }

  /// Takes over the tags of a message. A tag's first value holds for all time before, a later one from the message's
  /// time on; a message that is older than the value in force changes nothing, and none changes one of the registry.
  mutating func setTags(_ tags: [(name: String, value: String)], of index: Int, at time: Timestamp, fingerprint: UInt64)
  {
    let device = bindings[index].device
    var isWhole = true
    for (name, value) in tags {
      let known = devices[device].tags[name]
      if let known, known.value == value || known.isListed { continue }
      if let known, time <= known.validFrom {
        isWhole = false
        continue
      }
      let validFrom = known == nil ? Timestamp(microseconds: .min) : time
      record(Tag(value: value, validFrom: validFrom, isListed: false), name, of: device)
    }
    // What was passed over for its age has to be looked at again when it comes with a later time.
    if isWhole { bindings[index].tagFingerprint = fingerprint }
  }

  /// Puts a tag's value in force.
  mutating func record(_ tag: Tag, _ name: String, of device: Int) {
    devices[device].tags[name] = tag
    retagged.insert(device)
    unsaved.tags.append(
      TagRecord(
        deviceID: devices[device].record.id, name: name, value: tag.value, validFrom: tag.validFrom,
        isListed: tag.isListed))
  }
}
