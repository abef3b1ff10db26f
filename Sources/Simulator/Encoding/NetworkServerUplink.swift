import Foundation
import Telemetry

/// What LoRaWAN network servers make of a device's bytes.
///
/// Source: ChirpStack 4, "Event types", the event `up`; The Things Stack, "Data Formats".
enum NetworkServerUplink {
  /// - Parameters:
  ///   - object: what the server's decoder made of the bytes, as JSON; nil where it has none.
  ///   - tags: of the device, as JSON.
  static func chirpStack(
    eui: String, name: String, profile: String, tags: String = "{}", port: Int, bytes: [UInt8], object: String? = nil,
    at time: Timestamp, using random: inout RandomSource
  ) -> String {
    """
    {"deduplicationId":"\(random.uuid())","time":"\(CivilTime(time, zoneOffset: 0).text)","deviceInfo":\
    {"applicationId":"f7cf","deviceProfileName":"\(profile)","deviceName":"\(name)","devEui":"\(eui)","tags":\(tags)},\
    "fPort":\(port),"data":"\(Data(bytes).base64EncodedString())"\(object.map { ",\"object\":\($0)" } ?? "")}
    """
  }

  static func theThingsStack(
    device: String, application: String, port: Int, bytes: [UInt8], object: String? = nil, at time: Timestamp
  ) -> String {
    let moment = CivilTime(time, zoneOffset: 0).text
    let decoded = object.map { "\"decoded_payload\":\($0)," } ?? ""
    return """
      {"end_device_ids":{"device_id":"\(device)","application_ids":{"application_id":"\(application)"}},"received_at":\
      "\(moment)","uplink_message":{"f_port":\(port),\(decoded)"frm_payload":"\(Data(bytes).base64EncodedString())",\
      "received_at":"\(moment)"}}
      """
  }
}

extension RandomSource {
  /// A random identifier in the form of RFC 9562, version 4.
  mutating func uuid() -> String {
    let high = next() & ~0xF000 | 0x4000
    let low = next() & ~(0xC << 60) | 0x8 << 60
    let digits = Array((Hex.text(high, digits: 16) + Hex.text(low, digits: 16)).utf8)
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (place, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(place) { text.append(UInt8(ascii: "-")) }
      text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Numbers in digits of base 16, in lower case.
enum Hex {
  static func text(_ number: UInt64, digits: Int) -> String {
    String(unsafeUninitializedCapacity: digits) { text in
      for place in 0..<digits {
        let digit = UInt8(number >> UInt64((digits - 1 - place) * 4) & 15)
        text[place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
      }
      return digits
    }
  }
}
