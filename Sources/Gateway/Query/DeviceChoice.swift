import Storage
import Telemetry

/// The devices that a question names: by their ids, by the city's codes, or by both.
struct DeviceChoice {
  /// What a question calls them.
  static let parameters = ["device", "code"]

  private let names: Set<String>
  private let codes: Set<String>

  init(_ parameters: QueryParameters) {
    names = Set(parameters.all("device"))
    codes = Set(parameters.all("code"))
  }

  /// No device is named, and so all are meant.
  var isOpen: Bool { names.isEmpty && codes.isEmpty }

  /// The names, where nothing else is said.
  var namesAlone: Set<String>? { codes.isEmpty ? names : nil }

  /// A device keeps the code that it was listed with last, so that history follows the code.
  func includes(_ device: DeviceRecord) -> Bool {
    isOpen || names.contains(device.name) || device.listing?.code.map(codes.contains) ?? false
  }

  /// For errors.
  var text: String {
    (names.sorted().map { "device '\($0)'" } + codes.sorted().map { "device of the code '\($0)'" })
      .joined(separator: " or ")
  }
}

extension [DeviceRecord] {
  /// The device of an id; where there is none, the one that has the id for its code, and of several the one in use.
  func device(called id: String) -> DeviceRecord? {
    first { $0.name == id } ?? filter { $0.listing?.code == id }.max { $0.rankInUse < $1.rankInUse }
  }
}

extension DeviceRecord {
  /// Among devices of one code: the greatest is the one in use.
  var rankInUse: (Int, Int, Timestamp, Int64) {
    (
      listing?.isListed == true ? 1 : 0, listing?.expectedUntil == nil ? 1 : 0,
      listing?.listedAt ?? Timestamp(microseconds: .min), id
    )
  }
}
