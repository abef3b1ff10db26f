import Testing

@testable import DeviceCatalog

@Suite
struct ValuePathTests {
  @Test(
    "A pointer is parted at its slashes, whatever stands behind them",
    arguments: [
      ("", []), ("/", [""]), ("/a/b", ["a", "b"]), ("/~01~10", ["~1/0"]),
      // For Swift a slash, or a tilde, and a mark that combines with it are one character; for RFC 6901 they are not.
      ("/\u{301}a", ["\u{301}a"]), ("/a/\u{301}b", ["a", "\u{301}b"]), ("/~0\u{301}", ["~\u{301}"]),
    ] as [(String, [String])])
  func steps(text: String, steps: [String]) throws {
    #expect(try ValuePath(text).keys == steps)
  }

  @Test("A text that is no pointer says why", arguments: ["a", "/~", "/~2", "/~\u{301}0", "2", "1a", "100/x"])
  func refuses(text: String) {
    #expect(throws: ValuePath.Malformed.self) { try ValuePath(text) }
  }

  @Test(
    "Digits without a leading zero are an array's index",
    arguments: [("0", 0), ("10", 10), ("01", nil), ("", nil), ("-1", nil), ("9223372036854775808", nil)]
      as [(String, Int64?)])
  func index(step: String, index: Int64?) {
    #expect(ValuePath.index(of: step) == index)
  }

  @Test("A star stands for every member, {name} too where names are wanted, a number in front goes up")
  func walks() throws {
    #expect(try ValuePath("/a/*/b").steps == [.key("a"), .every(name: nil), .key("b")])
    #expect(try ValuePath("/{x}/*", allowsNames: true).steps == [.every(name: "x"), .every(name: nil)])
    #expect(try ValuePath("/{x}").steps == [.key("{x}")])
    let up = try ValuePath("2/ts")
    #expect(up.levelsUp == 2 && up.keys == ["ts"] && !up.isPlain)
  }
}
