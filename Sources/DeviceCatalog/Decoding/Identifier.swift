/// The rule for texts from messages that name something: device ids and the values of tags.
public enum Identifier {
  public static let longestBytes = 256

  /// False for an empty or too long text, and for one with control characters, which break lines in listings and logs.
  public static func isValid(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= longestBytes && !text.unicodeScalars.contains(where: isControlCharacter)
  }

  /// True for the controls C0, DEL and C1.
  static func isControlCharacter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}
