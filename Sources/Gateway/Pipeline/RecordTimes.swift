import DeviceCatalog
import Ingest
import Telemetry

/// What becomes of a record of a message that is taken in.
struct RecordFate {
  enum Cause {
    case counts
    /// Its readings are rejected.
    case rejected(RejectReason)
    /// Of a retained message, without a time of its own: it says nothing.
    case withoutTime
  }

  var cause: Cause
  var time: Timestamp
  var binding = 0

  var isWithoutTime: Bool { if case .withoutTime = cause { true } else { false } }
}

/// Judges the times of records by the times of receipt, and never by the clock.
struct RecordTimes {
  private let rule: EventTimeRule
  /// The latest time of receipt so far, of those that are sure.
  private(set) var heardAt: Timestamp

  init(_ rule: EventTimeRule, heardAt: Timestamp) {
    self.rule = rule
    self.heardAt = heardAt
  }

  /// To be told of each message, before its records are judged.
  @inline(__always)
  mutating func hear(_ frame: MessageFrame) {
    if !frame.flags.contains(.steppedClock), frame.receivedAt > heardAt { heardAt = frame.receivedAt }
  }

  /// Looks at the times of all records of a message.
  ///
  /// - Parameter fates: gets one for each record.
  /// - Returns: why all of the message is refused, where none of its records has a time to go by.
  func judge(
    _ records: ContiguousArray<DecodedRecord>, _ frame: MessageFrame, into fates: inout ContiguousArray<RecordFate>
  ) -> PayloadDecoder.Refusal? {
    fates.removeAll(keepingCapacity: true)
    var firstRefusal: PayloadDecoder.Refusal?
    var rejected = 0
    for record in records {
      switch eventTime(of: record, frame) {
      case .success(let time):
        let isOfReceipt = if case .ofReceipt = record.time { true } else { false }
        let saysNothing = isOfReceipt && frame.flags.contains(.retained)
        fates.append(RecordFate(cause: saysNothing ? .withoutTime : .counts, time: time))
      case .failure(let refusal):
        fates.append(RecordFate(cause: .rejected(Self.reason(for: refusal)), time: frame.receivedAt))
        rejected += 1
        firstRefusal = firstRefusal ?? refusal
      }
    }
    return rejected == fates.count ? firstRefusal : nil
  }

  /// Whether a time can be that of something a message tells.
  func accepts(_ time: Timestamp, _ frame: MessageFrame) -> Bool {
    frame.flags.contains(.unsureClock) || rule.refusal(of: time, receivedAt: likelyReceipt(of: frame)) == nil
  }

  private static func reason(for refusal: PayloadDecoder.Refusal) -> RejectReason {
    switch refusal.reason {
    case .future: .future
    case .past: .past
    default: .time
    }
  }

  private func eventTime(
    of record: DecodedRecord, _ frame: MessageFrame
  ) -> Result<Timestamp, PayloadDecoder.Refusal> {
    let time: Timestamp
    switch record.time {
    case .ofReceipt: return .success(frame.receivedAt)
    case .at(let moment): time = moment
    case .sinceReceipt(let duration): time = frame.receivedAt + duration
    case .refused(let refusal): return .failure(refusal)
    }
    guard !accepts(time, frame), let reason = rule.refusal(of: time, receivedAt: likelyReceipt(of: frame)) else {
      return .success(time)
    }
    return .failure(
      PayloadDecoder.Refusal(
        reason, "the time stamp, \(QueryTime.text(time)), is too far from the receipt: windows.\(reason.rawValue)_limit"
      ))
  }

  /// The time of receipt that limits event times. Where the clock was set it may have been right before: what was heard
  /// until then, and a day of messages since, is as good as what it says now; where nothing was, a day to and fro.
  private func likelyReceipt(of frame: MessageFrame) -> ClosedRange<Timestamp> {
    guard frame.flags.contains(.steppedClock) else { return frame.receivedAt...frame.receivedAt }
    let hasHeard = heardAt.microseconds > 0
    let earliest = hasHeard ? heardAt : frame.receivedAt - ReceiptClock.unsureFor
    let latest = (hasHeard ? heardAt : frame.receivedAt) + ReceiptClock.unsureFor
    return min(frame.receivedAt, earliest)...max(frame.receivedAt, latest)
  }
}
