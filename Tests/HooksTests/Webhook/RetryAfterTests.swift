import Telemetry
import Testing

@testable import Hooks

/// Fields that say when to come again.
@Suite
struct RetryAfterTests {
  private static let now = Timestamp(seconds: 784_111_777)

  @Test(
    "Seconds and dates are read, and what is neither says nothing",
    arguments: [
      ("0", Duration.zero), ("120", .seconds(120)), (" 5 ", .seconds(5)), ("99999999999999999999", RetryAfter.longest),
      ("Sun, 06 Nov 1994 08:50:37 GMT", .seconds(60)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
      ("Fri, 31 Dec 1999 23:59:59 GMT", RetryAfter.longest), ("", nil), ("-1", nil), ("1.5", nil), ("+3", nil),
      ("soon", nil), ("٣", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 31 Feb 1994 08:49:37 GMT", nil),
      ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 6 Nov 1994 08:49:37 GMT", nil),
    ] as [(String, Duration?)])
  func fields(_ field: String, _ span: Duration?) {
    #expect(RetryAfter.span(field, date: nil, now: Self.now) == span)
  }

  @Test("A date counts by the receiver's own clock, where it tells its time")
  func ownClock() {
    let span = RetryAfter.span(
      "Sun, 06 Nov 1994 09:00:10 GMT", date: "Sun, 06 Nov 1994 09:00:00 GMT", now: Self.now)
    #expect(span == .seconds(10))
    #expect(RetryAfter.span(nil, date: nil, now: Self.now) == nil)
  }
}
