/// Items of Cayenne LPP: channel, type, number.
///
/// Source: Cayenne Low Power Payload; types by the IPSO object numbers less 3200.
struct LowPowerPayload {
  enum Item: Int {
    /// 0.1 Cel, two bytes.
    case temperature = 103
    /// 0.5 %, one byte.
    case humidity = 104
    /// 0.1 hPa, two bytes.
    case pressure = 115

    fileprivate var width: Int { self == .humidity ? 1 : 2 }
  }

  private var fields = BinaryFields()

  var bytes: [UInt8] { fields.bytes }

  mutating func append(channel: Int, _ item: Item, _ number: Int) {
    fields.append(channel, bytes: 1)
    fields.append(item.rawValue, bytes: 1)
    fields.append(number, bytes: item.width)
  }
}
