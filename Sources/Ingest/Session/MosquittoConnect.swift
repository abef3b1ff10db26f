import Glibc

/// A connection that is waited for: of those who listen or command, and have nothing else to do meanwhile.
extension MosquittoClient {
  private static let connectPatience = Duration.seconds(10)
  static let pollMilliseconds: Int32 = 100

  /// Connects and waits for the broker's answer.
  ///
  /// - Parameter goesOn: asked about ten times a second.
  /// - Returns: false where it was told to go on no longer.
  /// - Throws: where there is no connection, or the broker refuses it.
  func connectAndWait(while goesOn: () -> Bool) throws(BrokerClientFailure) -> Bool {
    try connect()
    let deadline = ContinuousClock.now + Self.connectPatience
    while connack == nil {
      guard goesOn() else { return false }
      guard ContinuousClock.now < deadline else { throw BrokerClientFailure(message: "the broker does not answer") }
      waitForSocket()
      do { try drive() } catch {
        // A refusal is told by its CONNACK.
        if connack == nil { throw error }
      }
    }
    if let refusal { throw BrokerClientFailure(message: "the broker refuses the connection: \(refusal.words)") }
    return true
  }

  /// Waits a moment until there is something to read or to write.
  func waitForSocket() {
    let events = Int16(POLLIN) | (wantsWrite || connack == nil ? Int16(POLLOUT) : 0)
    var descriptor = pollfd(fd: descriptor, events: events, revents: 0)
    poll(&descriptor, 1, Self.pollMilliseconds)
  }
}
