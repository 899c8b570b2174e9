#pragma once

#include <array>
#include <cstdlib>
#include <random>

/// Sizes that tests of kernels draw: edges of packs, warps and tiles, primes, and a few of any number.
namespace cadena::support {

/// How many problems a test draws: a few; with CADENA_DRAWS=1000 in the environment a thousand, the few among them.
inline int draws(int few) {
  const char* text = std::getenv("CADENA_DRAWS");
  return text == nullptr ? few : std::atoi(text);
}

/// A sequence of sizes and choices, the same for the same seed.
class Drawn {
 public:
  explicit Drawn(unsigned seed) : generator_(seed) {}

  /// A number from `least` to `most`, by any standard library the same.
  int between(int least, int most) { return least + static_cast<int>(generator_() % unsigned(most - least + 1)); }
  /// A size from `least` to `most`, often one where kernels change their way.
  int size(int least, int most) {
    static constexpr std::array kEdges{0,  1,  2,  3,  4,  5,  7,   8,   13,  15,  16,  17,  31,  32,  33, 61,
                                       63, 64, 65, 67, 97, 99, 127, 128, 129, 251, 255, 256, 257, 509, 997};
    for (int tries = 0; tries < 8; ++tries) {
      const int edge = kEdges[generator_() % kEdges.size()];
      if (edge >= least && edge <= most) return edge;
    }
    return between(least, most);
  }
  /// One of the two, as often as the other.
  bool coin() { return between(0, 1) == 1; }

 private:
  std::mt19937 generator_;
};

}  // namespace cadena::support
