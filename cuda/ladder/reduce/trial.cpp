// The problem of the reduction ladder, as `cadena ladder reduce` sets it up.
#include <cmath>

#include "cuda/ladder/copy_peer.h"
#include "cuda/ladder/device_array.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/reduce/steps.h"
#include "cuda/ladder/scatter.h"

namespace cadena::cuda::ladder {
namespace {

// The sum of size^2 numbers.
class SumBench {
 public:
  explicit SumBench(int size)
      : values_(scattered<float>(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 1)),
        in_(values_),
        out_(std::vector<float>(1)),
        partial_(std::vector<float>(kPartialSums)) {
    for (const float value : values_) {
      sum_ += value;
      magnitude_ += std::fabs(value);
    }
  }

  Sum problem() const {
    return {
        .count = values_.size(), .in = in_.data(), .out = out_.data(), .partial = partial_.data(), .stream = nullptr};
  }
  void poison() { out_.poison(); }
  // In whatever order, a sum of n numbers is off by at most (n - 1) 2^-24 times the sum of their magnitudes (Higham,
  // Accuracy and Stability of Numerical Algorithms, 4.2); rounding errors of mixed sign add like sqrt(n).
  Verdict verdict() const {
    const double error = std::fabs(out_.to_host()[0] - sum_);
    return {error <= 4 * std::sqrt(static_cast<double>(values_.size())) * 0x1p-24 * magnitude_, error};
  }
  Work work() const {
    const auto elements = static_cast<double>(values_.size());
    return {.flop = 0, .bytes = 4 * elements, .elements = elements};
  }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  std::vector<float> values_;
  DeviceArray<float> in_, out_, partial_;
  double sum_ = 0, magnitude_ = 0;
};

}  // namespace

Ladder reduce_ladder() {
  return {.name = "reduce",
          .problem = "the sum of size x size numbers of f32",
          .counted_size = 128,
          .timed_size = 16384,
          .flights = {flight<SumBench>("f32", sum_steps())}};
}

}  // namespace cadena::cuda::ladder
