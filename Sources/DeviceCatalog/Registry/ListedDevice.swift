/// A row of the registry: what a city or plant says of a device, whether it has spoken or not.
public struct ListedDevice: Equatable, Sendable {
  /// In degrees, of WGS 84 where the registry is.
  public struct Position: Equatable, Sendable {
    public let longitude: Double
    public let latitude: Double

    public init(longitude: Double, latitude: Double) {
      self.longitude = longitude
      self.latitude = latitude
    }
  }

  public struct Tag: Equatable, Sendable {
    public let name: String
    public let value: String
  }

  /// Its id, as its messages give it.
  public let device: String
  /// The name of the profile by which it speaks.
  public let profile: String
  /// What people call it.
  public var name: String?
  /// The city's identification code, of the place rather than of the apparatus.
  public var code: String?
  public var position: Position?
  /// How often it reports; nil where the profile says.
  public var interval: Duration?
  /// They win over what topic and payload say.
  public var tags: [Tag] = []
  /// A later row has its code: that device has taken its place.
  public internal(set) var isReplaced = false

  init(device: String, profile: String) {
    self.device = device
    self.profile = profile
  }
}
