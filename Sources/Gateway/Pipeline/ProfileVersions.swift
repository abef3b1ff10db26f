import DeviceCatalog
import Storage
import Telemetry

/// The numbers of the profiles' versions: each text of a profile has its own, from its first message on.
struct ProfileVersions {
  /// By profile.
  private var numbers: [UInt32?]
  private var lastNumber: UInt32
  private let profiles: [Profile]
  private(set) var unsaved: [ProfileVersion] = []

  init(_ profiles: [Profile], stored: [ProfileVersion]) {
    self.profiles = profiles
    lastNumber = stored.last?.id ?? 0
    numbers = profiles.map { profile in
      let last = stored.last { $0.profile == profile.name }
      return last?.hash == profile.textHash ? last?.id : nil
    }
  }

  /// The number of a profile's version.
  mutating func number(of profile: Int, usedAt moment: Timestamp) -> UInt32 {
    if let number = numbers[profile] { return number }
    lastNumber += 1
    numbers[profile] = lastNumber
    unsaved.append(
      ProfileVersion(
        id: lastNumber, profile: profiles[profile].name, hash: profiles[profile].textHash, usedFrom: moment))
    return lastNumber
  }

  /// To be called once the changes are in the store.
  mutating func saved() { unsaved = [] }
}
