import Telemetry

/// One message as it stands in the ring and in the journal, without being copied or converted between them.
///
/// Layout, little-endian, no padding between frames:
///
/// | bytes | field |
/// |---|---|
/// | 0–3 | length of the whole frame |
/// | 4–7 | length of the payload |
/// | 8–15 | time of receipt, microseconds since 1970 |
/// | 16–23 | content hash: XXH3 of the payload, seeded with XXH3 of the topic; of a replayed dead letter its id |
/// | 24–25 | packet id; 0 at QoS 0 |
/// | 26–27 | length of the topic |
/// | 28 | flags, see `Flags` |
/// | 29–31 | 0 |
/// | 32– | topic, then payload |
public struct MessageFrame {
  public struct Flags: OptionSet, Sendable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Published at QoS 1; without it at QoS 0.
    public static let qos1 = Flags(rawValue: 1)
    /// The broker kept it from before the subscription.
    public static let retained = Flags(rawValue: 2)
    /// The broker delivered again what is in the journal already; the payload is left out.
    public static let redelivered = Flags(rawValue: 4)
    /// The payload was larger than allowed; only its beginning is kept.
    public static let cut = Flags(rawValue: 8)
    /// Received while the machine's clock was known to be wrong: the event time is not limited by the receipt.
    public static let unsureClock = Flags(rawValue: 16)
    /// Received when the machine's clock had been set not long before: the time of receipt may be off.
    public static let steppedClock = Flags(rawValue: 32)
    /// Stands for a message that was here and is lost.
    public static let lost = Flags(rawValue: 64)
    /// A dead letter that is read again, with its former time of receipt.
    public static let replayed = Flags(rawValue: 128)
  }

  static let headerBytes = 32

  let bytes: UnsafeRawBufferPointer

  /// - Parameter bytes: one whole frame, as `length(at:in:)` or the ring vouches for.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  public var receivedAt: Timestamp { Timestamp(microseconds: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)) }
  public var contentHash: UInt64 { bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self) }
  /// The dead letter that it was; nil for a message that came from the broker.
  public var letterID: UInt64? { flags.contains(.replayed) ? contentHash : nil }
  public var packetID: UInt16 { bytes.loadUnaligned(fromByteOffset: 24, as: UInt16.self) }
  public var flags: Flags { Flags(rawValue: bytes[28]) }

  public var topic: UnsafeRawBufferPointer {
    let count = Int(bytes.loadUnaligned(fromByteOffset: 26, as: UInt16.self))
    return UnsafeRawBufferPointer(rebasing: bytes[MessageFrame.headerBytes..<MessageFrame.headerBytes + count])
  }

  public var payload: UnsafeRawBufferPointer {
    let count = Int(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    return UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - count)...])
  }

  /// The length of the frame that starts at `offset`; nil where no whole frame stands there.
  static func length(at offset: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count - offset >= headerBytes else { return nil }
    let whole = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    let payload = Int(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
    let topic = Int(bytes.loadUnaligned(fromByteOffset: offset + 26, as: UInt16.self))
    guard whole == headerBytes + topic + payload, whole <= bytes.count - offset else { return nil }
    return whole
  }
}

/// A message on its way into a frame.
struct IncomingMessage {
  var topic: UnsafeRawBufferPointer
  var payload: UnsafeRawBufferPointer
  var receivedAt: Timestamp
  var contentHash: UInt64
  var packetID: UInt16
  var flags: MessageFrame.Flags

  var frameBytes: Int { MessageFrame.headerBytes + topic.count + payload.count }

  /// Writes the frame; `target` has exactly `frameBytes`.
  func write(to target: UnsafeMutableRawBufferPointer) {
    target.storeBytes(of: UInt32(target.count), toByteOffset: 0, as: UInt32.self)
    target.storeBytes(of: UInt32(payload.count), toByteOffset: 4, as: UInt32.self)
    target.storeBytes(of: receivedAt.microseconds, toByteOffset: 8, as: Int64.self)
    target.storeBytes(of: contentHash, toByteOffset: 16, as: UInt64.self)
    target.storeBytes(of: packetID, toByteOffset: 24, as: UInt16.self)
    target.storeBytes(of: UInt16(topic.count), toByteOffset: 26, as: UInt16.self)
    target.storeBytes(of: UInt32(flags.rawValue), toByteOffset: 28, as: UInt32.self)
    let body = target.baseAddress! + MessageFrame.headerBytes
    if let base = topic.baseAddress { body.copyMemory(from: base, byteCount: topic.count) }
    if let base = payload.baseAddress { (body + topic.count).copyMemory(from: base, byteCount: payload.count) }
  }
}
