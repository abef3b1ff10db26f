/// Why a definition cannot be right.
public struct LayoutFault: Error, Equatable {
  /// Of the step.
  public let origin: Int
  /// A sentence.
  public let message: String
  /// A name that is none, and those that there are.
  public let unknown: String?
  public let known: [String]

  init(_ origin: Int, _ message: String, unknown: String? = nil, known: [String] = []) {
    self.origin = origin
    self.message = message
    self.unknown = unknown
    self.known = known
  }
}
