/// Layouts of real devices, and what a profile would make of their fields.
///
/// `values` has a line for each value of the device's published examples: its path in the output, the field (`@2` is of
/// the third record), and how one becomes the other: nothing, `scale offset decimals`, `raw=word` pairs, or `time`.
struct VendorLayout: Sendable, CustomStringConvertible {
  let devices: [String]
  let layout: String
  let values: String
  /// Paths that no field gives, with why.
  var unread: [String: String] = [:]

  var description: String { devices[0] }
}

extension VendorLayout {
  static let constantText = "a word for the port or the kind, which the device does not send"
  static let textOfNumbers = "a text put together of several numbers, which are fields here"

  static let all = bToDe + diToEx + kToT + netvox + decentlab
}
