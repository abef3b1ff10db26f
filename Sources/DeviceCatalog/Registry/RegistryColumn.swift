import StrictYAML

/// A column of `registry.csv`.
enum RegistryColumn: Hashable {
  case device, profile, name, longitude, latitude, code, interval
  /// `site`, `district`, `line`, or `tag.NAME`.
  case tag(String)

  /// The tags that have columns of their own.
  static let plainTags = ["site", "district", "line"]

  private static let fixed: [(name: String, column: RegistryColumn)] = [
    ("device", .device), ("profile", .profile), ("name", .name), ("longitude", .longitude), ("latitude", .latitude),
    ("code", .code), ("interval", .interval),
  ]

  /// The names of all columns but `tag.NAME`, in the order in which they are written.
  static let names =
    ["device", "profile", "name"] + plainTags + ["longitude", "latitude", "code", "interval"]

  /// What spreadsheets write between cells where the comma stands in numbers, and what it is called.
  private static let otherSeparators: [(character: Character, name: String)] = [(";", "semicolons"), ("\t", "tabs")]

  /// What questions call something else already.
  private static let reservedTags = ["device", "code"] + plainTags

  /// What is wrong with a column's name.
  struct Unknown: Error {
    let message: String
  }

  init(named name: String) throws(Unknown) {
    if let column = Self.fixed.first(where: { $0.name == name })?.column {
      self = column
    } else if Self.plainTags.contains(name) {
      self = .tag(name)
    } else if let separator = Self.otherSeparators.first(where: { name.contains($0.character) }) {
      throw Unknown(
        message: "'\(name)' is parted by \(separator.name); the cells of a registry are parted by commas")
    } else if name.hasPrefix("tag.") {
      self = .tag(try Self.tagName(String(name.dropFirst(4))))
    } else {
      throw Unknown(
        message: "unknown column '\(name)'\(nearestHint(to: name, among: Self.names)); "
          + "expected \(Self.names.joined(separator: ", ")) or tag.NAME")
    }
  }

  private static func tagName(_ name: String) throws(Unknown) -> String {
    guard !reservedTags.contains(name) else {
      throw Unknown(
        message:
          "'tag.\(name)': the name \(name) is taken\(plainTags.contains(name) ? "; name the column \(name)" : "")")
    }
    guard isName(name) else {
      throw Unknown(message: "'tag.\(name)': a tag's name has letters, digits and '_'")
    }
    return name
  }

  /// As it stands in the header.
  var name: String {
    switch self {
    case .tag(let name): Self.plainTags.contains(name) ? name : "tag.\(name)"
    default: Self.fixed.first { $0.column == self }?.name ?? ""
    }
  }
}
