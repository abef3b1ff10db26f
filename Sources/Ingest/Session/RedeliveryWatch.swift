import Glibc

/// Tells which deliveries carry MQTT's DUP flag.
///
/// libmosquitto keeps the flag to itself, but writes it to its debug log just before it hands the message out, on the
/// same thread. The watch holds from a CONNACK that resumes a session until the first QoS 1 delivery without the flag: a
/// broker sends what it may have sent before first. Lines that come before it mean nothing here.
struct RedeliveryWatch {
  private(set) var isActive = false
  private var isDuplicate = false

  mutating func begin() {
    isActive = true
    isDuplicate = false
  }

  mutating func end() {
    isActive = false
  }

  /// A line of the debug log, `… received PUBLISH (d1, q1, r0, m17, …`.
  mutating func heard(_ line: UnsafePointer<CChar>) {
    let marker = " received PUBLISH (d"
    guard let found = strstr(line, marker) else { return }
    isDuplicate = found[marker.utf8.count] == CChar(UInt8(ascii: "1"))
  }

  /// True where the message that is handed out now was announced as a duplicate. Ends the watch where it was not.
  mutating func takeDuplicate(isQoS1: Bool) -> Bool {
    guard isActive, isQoS1 else { return false }
    if !isDuplicate { isActive = false }
    return isDuplicate
  }
}
