import Storage
import Telemetry

/// The devices that a caller sees: those with certain values of certain tags. Without any it is all of them.
///
/// Invariants
/// - What lies outside of a scope is, for the caller, not there: it changes no answer, no error and no count.
/// - A window counts under the tags at its start, here too: what a device measured in a district stays visible to that
///   district when it moves, and what it measured elsewhere stays hidden.
public struct TagScope: Equatable, Sendable {
  /// By tag: the values of which a device has to have one.
  public let values: [String: Set<String>]

  public static let whole = TagScope([:])

  public init(_ values: [String: Set<String>]) {
    self.values = values
  }

  public var isWhole: Bool { values.isEmpty }

  /// - Parameter tags: of a device.
  func includes(_ tags: [String: String]) -> Bool {
    values.allSatisfy { name, wanted in tags[name].map(wanted.contains) ?? false }
  }

  /// Whether a device was in it at a moment.
  func includes(_ device: Int64, _ history: TagHistory, at moment: Timestamp) -> Bool {
    values.allSatisfy { name, wanted in
      history.value(of: name, device: device, at: moment).map(wanted.contains) ?? false
    }
  }

  /// A device as the caller sees it: nil where it has never been in the scope; of one that has left it, without what the
  /// registry calls it now.
  func view(of device: DeviceRecord, _ history: TagHistory) -> DeviceRecord? {
    if isWhole || includes(history.current(of: device.id)) { return device }
    guard history.changes(of: device.id).contains(where: { includes(device.id, history, at: $0) }) else { return nil }
    var device = device
    device.listing?.name = nil
    device.listing?.code = nil
    return device
  }
}
