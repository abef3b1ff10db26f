import StrictYAML

/// Where a LoRaWAN network server puts what it knows of a message.
struct NetworkServer {
  /// What its own decoder made of the payload.
  private let object: String
  private let bytes: String
  private let port: String
  private let device: String
  private let times: [String]
  /// What the server calls the message; nil where it does not.
  private let message: String?

  /// Source: The Things Stack, "Data Formats". Fields that are 0 or empty are left out.
  static let theThingsStackV3 = NetworkServer(
    object: "/uplink_message/decoded_payload", bytes: "/uplink_message/frm_payload", port: "/uplink_message/f_port",
    device: "/end_device_ids/device_id", times: ["/uplink_message/received_at", "/received_at"], message: nil)

  /// Source: ChirpStack 4, "Event types", the event `up`.
  static let chirpStackV4 = NetworkServer(
    object: "/object", bytes: "/data", port: "/fPort", device: "/deviceInfo/devEui", times: ["/time"],
    message: "/deduplicationId")

  /// What a profile need not say of a message: where its bytes are read a record is the whole message, else the decoded
  /// object.
  struct Defaults {
    let records: [ValuePath]
    let device: FieldSource
    let time: TimeSource
    let identity: Identity
    let bytes: EncodedBytes?
  }

  /// - Parameter form: of the bytes; nil where the server decodes them.
  func defaults(form: EncodedBytes.Form?) -> Defaults {
    let record = path(object)
    let levelsUp = form == nil ? "\(record.steps.count)" : ""
    func above(_ text: String) -> ValuePath { path(levelsUp + text) }
    return Defaults(
      records: form == nil ? [record] : [.here],
      device: FieldSource(parts: [.payload([above(device)])]),
      time: TimeSource(at: times.map(above), format: .iso8601, allowsReceipt: false),
      identity: message.map { .message(above($0)) } ?? .time,
      bytes: form.map { EncodedBytes(at: path(bytes), encoding: .base64, port: path(port), form: $0) })
  }

  private func path(_ text: String) -> ValuePath {
    guard let path = try? ValuePath(text) else { preconditionFailure("'\(text)' is no path") }
    return path
  }
}
