import StrictYAML
import WireFormats

/// The wire formats that a profile can name.
public enum PayloadFormat: Sendable {
  /// A tree of values, in which places are paths.
  case json
  /// Records of named values, in which a place is `/name`.
  case fields(any WireFormat)

  /// A place is `/name`, and no more.
  var isFlat: Bool { if case .fields = self { true } else { false } }

  /// Its records have times of their own.
  var hasTimes: Bool { if case .fields(let format) = self { format.hasTimes } else { false } }

  private enum Word: String, CaseIterable {
    case json, value
  }

  init(_ root: YAMLMapping) throws(YAMLError) {
    switch try root.required("payload").choice(Word.self) {
    case .json: self = .json
    case .value: self = .fields(PlainValue())
    }
  }
}
