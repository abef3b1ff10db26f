import Telemetry

/// How long a receiver asks not to be called.
///
/// Source: RFC 9110, 10.2.3 and 5.6.7. Seconds, or a date in the fixed form; the two obsolete forms of a date are not
/// read.
enum RetryAfter {
  /// More is not believed.
  static let longest = Duration.seconds(3600)

  /// - Parameters:
  ///   - field: `Retry-After`.
  ///   - date: the answer's `Date`, by whose clock the other date counts.
  ///   - now: where the answer has none.
  /// - Returns: nil where nothing is said, or nothing that can be read.
  static func span(_ field: String?, date: String?, now: Timestamp) -> Duration? {
    guard let text = field?.trimming else { return nil }
    if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      return min(.seconds(Int64(text) ?? .max / 2), longest)
    }
    guard let until = moment(text) else { return nil }
    let from = date.flatMap { moment($0.trimming) } ?? now
    return min(max(until - from, .zero), longest)
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Sun, 06 Nov 1994 08:49:37 GMT`.
  private static func moment(_ text: Substring) -> Timestamp? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 6, words[0].count == 4, words[0].hasSuffix(","), words[5] == "GMT",
      words[1].count == 2, let month = months.firstIndex(of: String(words[2])), words[3].count == 4
    else { return nil }
    let digits = String(month + 1)
    let padded = digits.count == 1 ? "0\(digits)" : digits
    var iso = "\(words[3])-\(padded)-\(words[1])T\(words[4])Z"
    return iso.withUTF8 { CivilTime.parse(UnsafeRawBufferPointer($0)) }?.timestamp { _ in 0 }
  }
}

extension String {
  fileprivate var trimming: Substring {
    var text = self[...]
    while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return text
  }
}
