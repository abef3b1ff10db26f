/// A sentence in two languages, with places for what an alert knows.
public struct AlertTitle: Hashable, Sendable {
  /// Empty: the rule's id.
  public var english: AlertText
  /// Empty: the rule's id.
  public var chinese: AlertText

  public init(english: AlertText = AlertText(), chinese: AlertText = AlertText()) {
    (self.english, self.chinese) = (english, chinese)
  }
}

/// A text with places `{name}`; `{{` stands for a brace.
public struct AlertText: Hashable, Sendable {
  enum Piece: Hashable, Sendable {
    case words(String)
    case place(String)
  }

  private(set) var pieces: [Piece] = []

  /// The places that every alert fills; any other is a tag's name.
  public static let places = ["device", "name", "metric", "value", "unit", "threshold", "severity", "since", "rule"]

  public init() {}

  /// Nil where a brace is not closed, or nothing is in it.
  public init?(_ text: String) {
    var rest = Substring(text)
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      add(rest[..<brace])
      let isDoubled = rest[rest.index(after: brace)...].first == rest[brace]
      if isDoubled {
        add(rest[brace...brace])
        rest = rest[brace...].dropFirst(2)
        continue
      }
      guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else { return nil }
      let name = rest[rest.index(after: brace)..<end]
      guard !name.isEmpty, !name.contains(where: { $0 == "{" || $0.isWhitespace }) else { return nil }
      pieces.append(.place(String(name)))
      rest = rest[end...].dropFirst()
    }
    add(rest)
  }

  private mutating func add(_ words: Substring) {
    guard !words.isEmpty else { return }
    if case .words(let former) = pieces.last {
      pieces[pieces.count - 1] = .words(former + words)
    } else {
      pieces.append(.words(String(words)))
    }
  }

  /// As it is written in a rule file, but for doubled braces.
  public var template: String {
    pieces.map { piece in
      switch piece {
      case .words(let words): words
      case .place(let name): "{\(name)}"
      }
    }.joined()
  }

  /// The names of its places.
  public var placeNames: [String] {
    pieces.compactMap { if case .place(let name) = $0 { name } else { nil } }
  }

  /// With each place filled; one that nobody fills is a dash.
  public func filled(_ value: (String) -> String?) -> String {
    pieces.map { piece in
      switch piece {
      case .words(let words): words
      case .place(let name): value(name) ?? "–"
      }
    }.joined()
  }
}
