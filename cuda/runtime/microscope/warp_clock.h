#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace cadena::cuda::microscope {

/// Which accesses of the other lanes of its warp a lane may rely on, between two barriers of the block.
///
/// Every lane has a step, which grows when it meets others (`__syncwarp`, a shuffle, mma.sync). `seen[a][b]` is the
/// last step of lane b whose accesses lane a is ordered behind. Lanes that meet take the largest step of all plus one
/// (Lamport, Communications of the ACM 21, 1978), so that steps of lanes that meet in different company stay
/// comparable.
class WarpClock {
 public:
  uint16_t step(int lane) const { return step_[size_t(lane)]; }

  /// True if what lane `other` did at `step` is done before what `lane` does now.
  bool is_ordered(int lane, int other, uint16_t step) const { return seen_[size_t(lane)][size_t(other)] >= step; }

  /// The lanes of `mask` meet.
  void meet(uint32_t mask) {
    std::array<uint16_t, 32> known{};
    uint16_t latest = 0;
    for (uint32_t lanes = mask; lanes != 0; lanes &= lanes - 1) {
      const auto lane = size_t(__builtin_ctz(lanes));
      latest = std::max(latest, step_[lane]);
      for (size_t other = 0; other < 32; ++other) known[other] = std::max(known[other], seen_[lane][other]);
    }
    for (uint32_t lanes = mask; lanes != 0; lanes &= lanes - 1) known[size_t(__builtin_ctz(lanes))] = latest;
    for (uint32_t lanes = mask; lanes != 0; lanes &= lanes - 1) {
      const auto lane = size_t(__builtin_ctz(lanes));
      seen_[lane] = known;
      step_[lane] = uint16_t(latest + 1);
    }
  }

  /// Forgets everything: a barrier of the block orders all that was before it.
  void reset() {
    step_.fill(1);
    for (auto& row : seen_) row.fill(0);
  }

 private:
  std::array<uint16_t, 32> step_{};
  std::array<std::array<uint16_t, 32>, 32> seen_{};
};

}  // namespace cadena::cuda::microscope
