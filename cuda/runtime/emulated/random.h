#pragma once

#include <cstdint>

namespace cadena::cuda::emulated {

/// A small random generator (splitmix64) for the order in which threads run.
class Random {
 public:
  explicit Random(uint64_t seed = 0) : state_(seed) {}
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Uniform below `end`, nearly.
  uint32_t below(uint32_t end) { return uint32_t(((next() >> 32) * end) >> 32); }
  bool coin() { return (next() >> 63) != 0; }
  /// One of the bits that are set in `bits`, which is not 0.
  int bit_of(uint32_t bits) {
    const uint32_t turn = below(32);
    const uint32_t turned = (bits >> turn) | (bits << ((32 - turn) & 31));
    return int((uint32_t(__builtin_ctz(turned)) + turn) & 31);
  }

 private:
  uint64_t state_;
};

}  // namespace cadena::cuda::emulated
