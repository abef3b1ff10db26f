// The standard library's `map` rethrows any error; these keep its type.

extension Array {
  /// `map` with typed errors, for functions that take one argument.
  func map<Result, Failure: Error>(
    throwing transform: (Element) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    try map(transform)
  }
}

extension Optional {
  /// `map` with typed errors.
  func map<Result, Failure: Error>(
    _ transform: (Wrapped) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    if let wrapped = self { try transform(wrapped) } else { nil }
  }
}
