/// Finds what a name stands for without making a String of it.
struct NameTable<Meaning> {
  private struct Entry {
    let name: [UInt8]
    var meanings: [Meaning]
  }

  private var entries: [Entry] = []
  /// By fingerprint: the entries of which the name may be.
  private var indices: [UInt64: [Int]] = [:]

  mutating func add(_ name: String, _ meaning: Meaning) {
    let bytes = Array(name.utf8)
    let fingerprint = NameTable.fingerprint(bytes)
    if let index = indices[fingerprint]?.first(where: { entries[$0].name == bytes }) {
      entries[index].meanings.append(meaning)
    } else {
      indices[fingerprint, default: []].append(entries.count)
      entries.append(Entry(name: bytes, meanings: [meaning]))
    }
  }

  /// Empty where nobody asked for the name.
  @inline(__always)
  func meanings(of name: UnsafeRawBufferPointer) -> [Meaning] {
    guard let candidates = indices[NameTable.fingerprint(name)] else { return [] }
    for index in candidates where entries[index].name.elementsEqual(name) { return entries[index].meanings }
    return []
  }

  @inline(__always)
  private static func fingerprint(_ name: some Sequence<UInt8>) -> UInt64 {
    Fingerprint(seed: 2).adding(name).value
  }
}
