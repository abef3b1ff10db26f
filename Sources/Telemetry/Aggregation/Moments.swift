/// The sum of squared distances from the mean, by Welford's method: one reading at a time, and merged by Chan's formula.
///
/// Source: B. P. Welford, Technometrics 4 (1962); T. F. Chan et al., The American Statistician 37 (1983).
public enum Moments {
  /// What a reading adds.
  ///
  /// - Parameters:
  ///   - count: readings before this one; more than 0.
  ///   - sum: of the readings before.
  @inlinable
  static func growth(of value: Double, count: Int64, sum: Double) -> Double {
    let before = Double(count)
    let distance = value - sum / before
    return distance * distance * (before / (before + 1))
  }

  /// What lies between two groups of readings, beside their own.
  ///
  /// - Parameter counts: more than 0.
  @inlinable
  static func between(
    _ leftCount: Int64, _ leftSum: Double, _ rightCount: Int64, _ rightSum: Double
  ) -> Double {
    let left = Double(leftCount)
    let right = Double(rightCount)
    let distance = rightSum / right - leftSum / left
    return distance * distance * (left * right / (left + right))
  }
}
