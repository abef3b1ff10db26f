/// FNV-1a over bytes and numbers, and a last mixing: tells texts apart without making any.
///
/// Source: IETF draft-eastlake-fnv; the mixing is that of SplitMix64.
struct Fingerprint {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  }

  @inline(__always)
  mutating func add(_ number: UInt64) { state = (state ^ number) &* 0x100_0000_01B3 }

  @inline(__always)
  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(UInt64(byte)) }
  }

  func adding(_ bytes: some Sequence<UInt8>) -> Fingerprint {
    var fingerprint = self
    fingerprint.add(bytes)
    return fingerprint
  }

  var value: UInt64 {
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
