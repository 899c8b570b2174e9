// What the consumers of A5 do with the scores in the registers of wgmma: a thread holds parts of two rows, lane / 4 of
// its warp's 16 and the one eight below; of each eight columns two neighbours.
#pragma once

#include <limits>

#include "cuda/ladder/attention/bf16_tiles.h"
#include "cuda/runtime/exp2.h"
#include "cuda/runtime/hopper/wgmma.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda::ladder {

/// The running maximum and sum of the two rows of a thread, as in A4; four neighbouring lanes own a row.
class RunningSoftmax {
 public:
  static constexpr float kNone = -std::numeric_limits<float>::infinity();  ///< the score of what is hidden

  /// Scores are multiplied by `scale`, which has log2(e) in it.
  __device__ __forceinline__ explicit RunningSoftmax(float scale) : scale_(scale) {}

  /// Turns a tile of scores into weights.
  template <int count>
  __device__ __forceinline__ void weigh(float (&s)[count]) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float largest = top_[half];
#pragma unroll
      for (int i = half * 2; i < count; i += 4) largest = fmaxf(largest, fmaxf(s[i], s[i + 1]));
      largest = fmaxf(largest, __shfl_xor_sync(kFullWarp, largest, 1));
      largest = fmaxf(largest, __shfl_xor_sync(kFullWarp, largest, 2));
      const float shift = largest == kNone ? 0.0f : largest * scale_;  // -inf - -inf would be NaN
      shrink_[half] = exp2_fast(top_[half] * scale_ - shift);
      top_[half] = largest;
      total_[half] *= shrink_[half];
#pragma unroll
      for (int i = half * 2; i < count; i += 4) {
        s[i] = exp2_fast(s[i] * scale_ - shift);
        s[i + 1] = exp2_fast(s[i + 1] * scale_ - shift);
        total_[half] += s[i] + s[i + 1];
      }
    }
  }

  /// Shrinks sums that were weighed by the maximum before.
  template <int count>
  __device__ __forceinline__ void shrink(float (&sum)[count]) const {
#pragma unroll
    for (int i = 0; i < count; ++i) sum[i] *= shrink_[i / 2 % 2];
  }

  /// Adds up what the lanes of a row have summed; once, at the end.
  __device__ __forceinline__ void finish() {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      total_[half] += __shfl_xor_sync(kFullWarp, total_[half], 1);
      total_[half] += __shfl_xor_sync(kFullWarp, total_[half], 2);
    }
  }
  /// What the sums of a row are multiplied by: 0 where the query sees no key.
  __device__ __forceinline__ float inverse(int half) const { return total_[half] == 0 ? 0.0f : 1 / total_[half]; }
  /// The natural logarithm of the sum of e^s.
  __device__ __forceinline__ float log_sum_exp(int half) const {
    return top_[half] * (scale_ / kLog2E) + logf(total_[half]);
  }

 private:
  float scale_, top_[2] = {kNone, kNone}, total_[2] = {}, shrink_[2];
};

}  // namespace cadena::cuda::ladder
