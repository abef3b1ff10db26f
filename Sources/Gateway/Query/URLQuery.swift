import Foundation

extension QueryParameters {
  /// The parameters behind the question mark of a URL, in its order, percent-decoded; a plus stays a plus, as time zones
  /// need it.
  ///
  /// - Throws: `QueryError` where the escapes are none.
  init(urlQuery: String) throws(QueryError) {
    var pairs: [(name: String, value: String)] = []
    for pair in urlQuery.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = String(parts[0]).removingPercentEncoding,
        let value = String(parts.count > 1 ? parts[1] : "").removingPercentEncoding
      else { throw QueryError("'\(pair)' holds a '%' that no two hexadecimal digits of UTF-8 follow") }
      pairs.append((name, value))
    }
    self.init(pairs)
  }
}
