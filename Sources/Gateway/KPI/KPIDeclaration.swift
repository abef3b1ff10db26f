/// A figure with a name: what it is in words, and how it comes from what the store has.
public struct KPIDeclaration: Sendable {
  /// A text in the languages that every declaration has.
  struct Text: Codable, Equatable, Sendable {
    let en: String
    let zh: String
  }

  /// Lower-case letters, digits and hyphens: it stands in a URL.
  public let name: String
  let title: Text
  /// Says exactly what is added up, or divided by what.
  let definition: Text
  /// Of the values. `%`: a share, which is a hundred times part ÷ whole.
  let unit: String
  /// The length of windows where none is asked for.
  let window: String
  /// How long before `to` a question begins that does not say so.
  let span: Duration
  /// `device`, `code`, or names of tags, where none is asked for.
  let groupBy: [String]
  let formula: KPIFormula
  /// Where it stands.
  public let file: String
  public let line: Int
  public let isBuiltIn: Bool
}
