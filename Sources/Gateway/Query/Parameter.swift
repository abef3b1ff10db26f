import Foundation

/// A parameter of a question: what it is called, what it means, and what may stand in it.
///
/// One list of them says what HTTP and the command line take, and what `/openapi.json` and `--help` say of it.
public struct Parameter: Sendable {
  /// What may stand in a parameter. What cannot be said so, such as that `from` is before `to`, is refused with a
  /// sentence.
  public enum Form: Sendable {
    case text
    /// One of some words; several, parted by commas, where the flag says so.
    case word(of: [String], isList: Bool = false)
    /// Names, parted by commas.
    case names
    case count(ClosedRange<Int>)
    /// See `QueryTime.parse`.
    case time
    /// The number of a dead letter.
    case id
    /// Some of them, parted by commas.
    case ids
    /// Where a page begins, as the page before says.
    case cursor
    /// An MQTT topic filter.
    case topicFilter
    /// A length of windows.
    case window(isStored: Bool)
    /// How much earlier other windows lie.
    case offset
    /// A function, or completeness, with or without a minus.
    case order
  }

  public let name: String
  public let meaning: String
  let form: Form
  /// What is meant where it is not given; nil where the meaning says so, or where it has to be given.
  public let standard: String?
  let isNeeded: Bool
  /// It may be given several times.
  let mayRepeat: Bool

  init(
    _ name: String, _ form: Form, _ meaning: String, standard: String? = nil, isNeeded: Bool = false,
    mayRepeat: Bool = false
  ) {
    self.name = name
    self.form = form
    self.meaning = meaning
    self.standard = standard
    self.isNeeded = isNeeded
    self.mayRepeat = mayRepeat
  }

  /// The name of parameters that are called `tag.` and the name of any tag.
  static let anyTag = "tag.*"
}

extension [Parameter] {
  /// As the help of a command has them.
  public var help: String {
    let width = (map(\.name.count).max() ?? 0) + 2
    return map { parameter in
      let standard = parameter.standard.map { " (default: \($0))" } ?? ""
      let needed = parameter.isNeeded ? " (needed)" : ""
      let choices = parameter.form.choices.map { ": \($0.joined(separator: " "))" } ?? ""
      let name = parameter.name.padding(toLength: width, withPad: " ", startingAt: 0)
      return "  \(name)\(parameter.meaning)\(choices)\(standard)\(needed)"
    }.joined(separator: "\n")
  }
}

extension Parameter.Form {
  /// The words of which it is one; nil where they cannot be counted.
  fileprivate var choices: [String]? {
    switch self {
    case .word(let words, _): words
    case .window(let isStored): isStored ? WindowGrid.stored : WindowGrid.usual
    case .order: GroupRanking.words
    default: nil
    }
  }
}

extension Parameter {
  // Those that several questions have.

  static let devices = [
    Parameter("device", .text, "the id of a device; of several, or codes, either", mayRepeat: true),
    Parameter("code", .text, "the city's code of devices, in the registry", mayRepeat: true),
  ]
  static let tags = Parameter(anyTag, .text, "only devices with this value of the tag NAME, as tag.NAME=VALUE")
  static let format = Parameter(
    "format", .word(of: AnswerFormat.allCases.map(\.rawValue)), "how the answer is written", standard: "json")
  static let language = Parameter(
    "lang", .word(of: Spreadsheet.allCases.map(\.rawValue)),
    "CSV for a spreadsheet: headers in that language, times as spreadsheets read them", standard: "CSV for programs")
}
