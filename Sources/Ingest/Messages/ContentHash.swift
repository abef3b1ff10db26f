import CXXHash

/// XXH3 of bytes: the same on every machine and in every version, so it may be stored.
///
/// Source: xxHash specification, XXH3 64 bits.
public enum ContentHash {
  @inline(__always)
  public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    xxh3_64bits(bytes.baseAddress, bytes.count, seed)
  }
}
