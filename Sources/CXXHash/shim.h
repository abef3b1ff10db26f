// xxHash, inlined: XXH3 is stable across versions and machines, so its values may be stored.
#ifndef GANGLION_CXXHASH_SHIM_H
#define GANGLION_CXXHASH_SHIM_H

#define XXH_INLINE_ALL
#include <xxhash.h>

/// The library renames its functions by macros when they are inlined, which Swift does not see.
static inline uint64_t xxh3_64bits(const void *bytes, size_t count, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, count, seed);
}

#endif
