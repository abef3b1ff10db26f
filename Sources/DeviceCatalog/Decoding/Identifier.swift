/// The rule for texts from messages that name something: device ids and the values of tags.
public enum Identifier {
  public static let longestBytes = 256

  /// False for an empty or too long text, and for one with control characters, which break lines in listings and logs.
  public static func isValid(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= longestBytes && !text.utf8.contains(where: isControlCharacter)
  }

  /// True for C0 controls and DEL.
  static func isControlCharacter(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
}
