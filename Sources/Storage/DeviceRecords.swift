import Telemetry

/// A device as the store knows it.
public struct DeviceRecord: Equatable, Sendable {
  public var id: Int64
  public var name: String
  /// That of the registry, else that of its first message.
  public var profile: String
  /// Nil for a device that has never spoken.
  public var firstSeenAt: Timestamp?
  /// Nil for a device that was never listed.
  public var listing: DeviceListing?

  public init(
    id: Int64, name: String, profile: String, firstSeenAt: Timestamp?, listing: DeviceListing? = nil
  ) {
    self.id = id
    self.name = name
    self.profile = profile
    self.firstSeenAt = firstSeenAt
    self.listing = listing
  }

  /// From here on its readings are expected: since it was first heard, or listed.
  public var expectedFrom: Timestamp? {
    guard let listedAt = listing?.listedAt else { return firstSeenAt }
    return firstSeenAt.map { min($0, listedAt) } ?? listedAt
  }
}

/// What the registry says of a device, or said last where it is not listed any more.
public struct DeviceListing: Equatable, Sendable {
  public var isListed = true
  /// When it was first listed, by times of receipt.
  public var listedAt: Timestamp
  /// Its readings are expected until then: it was taken out, or another device has taken its place.
  public var expectedUntil: Timestamp?
  /// What people call it.
  public var name: String?
  /// The city's identification code.
  public var code: String?
  /// In degrees; both or none.
  public var longitude: Double?
  public var latitude: Double?
  /// How often it reports; nil where its profile says.
  public var interval: Duration?

  public init(listedAt: Timestamp) {
    self.listedAt = listedAt
  }
}

/// A tag's value from a moment on, until another value of the same tag begins.
public struct TagRecord: Equatable, Sendable {
  public var deviceID: Int64
  public var name: String
  /// Empty: the device has no such tag.
  public var value: String
  public var validFrom: Timestamp
  /// It is the registry's.
  public var isListed: Bool

  public init(deviceID: Int64, name: String, value: String, validFrom: Timestamp, isListed: Bool = false) {
    self.deviceID = deviceID
    self.name = name
    self.value = value
    self.validFrom = validFrom
    self.isListed = isListed
  }
}

/// What a profile that the registry names says of a metric: listed devices that have never spoken are to send it.
public struct ProfileMetric: Equatable, Sendable {
  public var profile: String
  public var metric: String
  public var kind: MetricKind
  /// Canonical unit; empty for states.
  public var unit: String
  /// How often a device is to report; nil where the profile does not say.
  public var interval: Duration?

  public init(profile: String, metric: String, kind: MetricKind, unit: String, interval: Duration?) {
    self.profile = profile
    self.metric = metric
    self.kind = kind
    self.unit = unit
    self.interval = interval
  }
}
