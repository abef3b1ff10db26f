/// FNV-1a over texts and numbers, and a last mixing: the same in every run and on every machine, unlike Swift's own.
///
/// Texts are closed by a byte that UTF-8 has not, so that "ab", "c" and "a", "bc" differ.
///
/// Source: IETF draft-eastlake-fnv; the mixing is that of SplitMix64.
struct StableHash {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  init(_ texts: String...) {
    for text in texts { add(text) }
  }

  mutating func add(byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte: byte) }
    add(byte: 0xFF)
  }

  mutating func add(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) { add(byte: UInt8(truncatingIfNeeded: number >> shift)) }
  }

  mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

  /// Zeros of both signs are one number.
  mutating func add(_ number: Double) { add((number == 0 ? 0 : number).bitPattern) }

  var value: UInt64 {
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
