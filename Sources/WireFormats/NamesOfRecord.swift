/// The names in the record that is being read, so that none of them is there twice.
struct NamesOfRecord {
  private let first: Int
  private(set) var count = 0
  /// A bit for each name; where it is not set, no name of that kind was there.
  private var seen: UInt64 = 0

  /// - Parameter first: index of the record's first field.
  init(first: Int = 0) { self.first = first }

  /// - Returns: the index of the field that has the name already.
  mutating func insert(_ name: UnsafeRawBufferPointer, among records: FieldRecords) -> Int? {
    count += 1
    var mix = UInt(name.count) &* 31
    if let first = name.first, let last = name.last { mix = (mix &+ UInt(first)) &* 31 &+ UInt(last) }
    let bit: UInt64 = 1 << (UInt64(mix) & 63)
    guard seen & bit == 0 else { return records.fields[first...].firstIndex { $0.name.elementsEqual(name) } }
    seen |= bit
    return nil
  }
}
