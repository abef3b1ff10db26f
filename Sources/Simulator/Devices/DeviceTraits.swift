/// What a device's format and profile have to do with faults on the way, and with the oracle.
struct DeviceTraits: Equatable, Sendable {
  /// Whose time counts.
  enum Clock: Sendable {
    /// The message's own time, whatever it is.
    case own
    /// The message's own time, and that of the receipt where it is none, such as one in 1970.
    case ownElseReceipt
    /// The time of receipt: the message has none.
    case receipt
  }

  var clock = Clock.own
  /// By what the profile tells a repeat.
  var identity = MessageIdentity.time
  /// The protocol numbers its messages: none may be lost, late, repeated or bad on the way, but the device may be silent.
  var isOrdered = false
  /// Nothing of a message that is cut off is read; where that is not so, it is not known what of it is.
  var isRefusedWhole = true
}
