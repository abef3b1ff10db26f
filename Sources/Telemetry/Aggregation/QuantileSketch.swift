import Glibc

/// How values are distributed, in so little room that it is kept with a window, and merged over windows and devices.
///
/// DDSketch: a value falls into the bucket of its logarithm, so that every quantile is told with at most 1 % error of
/// the value. Source: C. Masson, J. E. Rim, H. K. Lee, DDSketch, VLDB 2019.
///
/// Invariants
/// - Merging in any order gives the same sketch: buckets hold counts, and which buckets are folded together for want of
///   room follows from the greatest magnitude alone.
/// - Contents are changed only while one sketch alone refers to them, which is why sketches may be sent anywhere.
/// - At most `Buckets.limit` buckets on each side of zero. Beyond, the smallest magnitudes share one bucket; that takes
///   values more than 17 powers of ten apart.
public struct QuantileSketch: Equatable, @unchecked Sendable {
  /// A quantile is off by at most this part of its value.
  public static let relativeError = 0.01
  /// The ratio of one bucket's border to the next one's.
  static let growth = (1 + relativeError) / (1 - relativeError)
  private static let logarithmOfGrowth = log(growth)
  /// Magnitudes below it count as zero.
  static let leastMagnitude = 1e-12

  /// Apart from the sketch itself: most windows have none, and a place for one should cost them little.
  private final class Contents {
    var zeros: Int64 = 0
    var positive = Buckets()
    var negative = Buckets()

    init() {}

    init(_ other: Contents) {
      (zeros, positive, negative) = (other.zeros, other.positive, other.negative)
    }
  }

  private var contents = Contents()

  public init() {}

  /// How many values count as zero.
  public var zeros: Int64 { contents.zeros }
  /// Of the values above zero.
  public var positive: Buckets { contents.positive }
  /// Of the values below zero, by magnitude.
  public var negative: Buckets { contents.negative }

  public static func == (left: QuantileSketch, right: QuantileSketch) -> Bool {
    left.zeros == right.zeros && left.positive == right.positive && left.negative == right.negative
  }

  /// To be called before each change: a copy of a sketch shares its contents until then.
  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&contents) { contents = Contents(contents) }
  }

  /// A sketch from the buckets of another, of each the index and the count.
  public init(
    zeros: Int64, positive: [(index: Int, count: Int64)], negative: [(index: Int, count: Int64)]
  ) {
    contents.zeros = zeros
    for (index, count) in positive { contents.positive.add(count, at: index) }
    for (index, count) in negative { contents.negative.add(count, at: index) }
  }

  /// How many values are in it.
  public var count: Int64 { zeros + positive.total + negative.total }

  /// Takes one value in; it must be finite.
  public mutating func add(_ value: Double) {
    makeUnique()
    let magnitude = abs(value)
    if magnitude < Self.leastMagnitude {
      contents.zeros += 1
    } else if value > 0 {
      contents.positive.add(1, at: Self.index(of: magnitude))
    } else {
      contents.negative.add(1, at: Self.index(of: magnitude))
    }
  }

  /// Takes all values of another sketch in.
  public mutating func merge(_ other: QuantileSketch) {
    makeUnique()
    contents.zeros += other.zeros
    contents.positive.merge(other.positive)
    contents.negative.merge(other.negative)
  }

  /// The value below which a part of the values lies; nil without any.
  ///
  /// - Parameter part: 0 to 1.
  public func quantile(_ part: Double) -> Double? {
    let count = count
    guard count > 0 else { return nil }
    var rank = Int64((part * Double(count - 1)).rounded(.down))
    if rank < negative.total {
      return negative.index(ofRank: negative.total - 1 - rank).map { -Self.value(at: $0) }
    }
    rank -= negative.total
    if rank < zeros { return 0 }
    return positive.index(ofRank: rank - zeros).map(Self.value)
  }

  private static func index(of magnitude: Double) -> Int {
    Int((log(magnitude) / logarithmOfGrowth).rounded(.up))
  }

  /// The middle of a bucket, in the sense that its borders are equally far off in proportion.
  private static func value(at index: Int) -> Double {
    2 * exp(Double(index) * logarithmOfGrowth) / (growth + 1)
  }

  /// Counts by index, from the first to the last index in use.
  public struct Buckets: Equatable, Sendable {
    /// How far apart the first and the last index may be, and one more.
    public static let limit = 2048

    /// The index of the first count.
    public private(set) var firstIndex = 0
    /// Of consecutive indices; empty without a value.
    public private(set) var counts: [Int64] = []
    /// The sum of all counts.
    public private(set) var total: Int64 = 0

    init() {}

    mutating func add(_ count: Int64, at index: Int) {
      total += count
      guard !counts.isEmpty else {
        firstIndex = index
        counts = [count]
        return
      }
      let last = firstIndex + counts.count - 1
      if index > last {
        let lowest = Swift.max(firstIndex, index - Self.limit + 1)
        if lowest == firstIndex {
          counts.append(contentsOf: repeatElement(0, count: index - last))
        } else {
          fold(before: lowest, last: index)
        }
      } else if index < firstIndex {
        let lowest = Swift.max(index, last - Self.limit + 1)
        if lowest < firstIndex {
          counts.insert(contentsOf: repeatElement(0, count: firstIndex - lowest), at: 0)
          firstIndex = lowest
        }
      }
      counts[Swift.max(index, firstIndex) - firstIndex] += count
    }

    /// Lets the buckets end at `last` and begin at `lowest`; what lies below goes into the lowest.
    private mutating func fold(before lowest: Int, last: Int) {
      var folded = [Int64](repeating: 0, count: last - lowest + 1)
      for (offset, count) in counts.enumerated() {
        folded[Swift.max(firstIndex + offset, lowest) - lowest] += count
      }
      firstIndex = lowest
      counts = folded
    }

    mutating func merge(_ other: Buckets) {
      for (offset, count) in other.counts.enumerated() where count > 0 { add(count, at: other.firstIndex + offset) }
    }

    /// The index of the value with a rank, from 0, in the order of magnitude.
    func index(ofRank rank: Int64) -> Int? {
      var passed: Int64 = 0
      for (offset, count) in counts.enumerated() {
        passed += count
        if passed > rank { return firstIndex + offset }
      }
      return nil
    }
  }
}
