import Foundation

extension QueryParameters {
  /// The parameters behind the question mark of a URL, in its order, percent-decoded. A plus is a space, as forms write
  /// it; in times it stays one, for people write offsets as they are.
  ///
  /// - Throws: `QueryError` where the escapes are none.
  init(urlQuery: String) throws(QueryError) {
    var pairs: [(name: String, value: String)] = []
    for pair in urlQuery.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(parts[0], plus: " "),
        let value = Self.decoded(parts.count > 1 ? parts[1] : "", plus: Self.times.contains(name) ? "+" : " ")
      else { throw QueryError("'\(pair)' holds a '%' that no two hexadecimal digits of UTF-8 follow") }
      pairs.append((name, value))
    }
    self.init(pairs)
  }

  /// In them a plus is one.
  private static let times: Set<String> = ["from", "to", "at"]

  private static func decoded(_ part: Substring, plus: String) -> String? {
    part.replacing("+", with: plus).removingPercentEncoding
  }

  /// What stands behind the question mark.
  public var urlQuery: String {
    var allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~,:*")
    allowed.insert("/")
    return pairs.map { pair in
      [pair.name, pair.value].map { $0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }
        .joined(separator: "=")
    }.joined(separator: "&")
  }
}
