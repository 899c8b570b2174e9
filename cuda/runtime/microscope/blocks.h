#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace cadena::cuda::microscope {

/// Counts how often each basic block of the kernels runs.
///
/// With -fsanitize-coverage=trace-pc the compiler starts every basic block with a call; the address that the call
/// returns to names the block. What a block computes is read from its machine code afterwards (see arithmetic.h), so
/// that operations are counted without touching the kernel's source.
class BlockCounter {
 public:
  /// The block that begins at `place` runs.
  void count(uint64_t place) {
    if (place == last_) {
      ++*last_count_;
      return;
    }
    last_ = place;
    last_count_ = &counts_[place];
    ++*last_count_;
  }
  /// Hands over the counts and begins anew.
  std::unordered_map<uint64_t, uint64_t> take() {
    last_ = 0;
    last_count_ = nullptr;
    return std::exchange(counts_, {});
  }

 private:
  std::unordered_map<uint64_t, uint64_t> counts_;
  uint64_t last_ = 0;
  uint64_t* last_count_ = nullptr;
};

}  // namespace cadena::cuda::microscope
