// The problem of the softmax ladder, as `cadena ladder softmax` sets it up.
#include <algorithm>
#include <cmath>

#include "cuda/ladder/copy_peer.h"
#include "cuda/ladder/device_array.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/scatter.h"
#include "cuda/ladder/softmax/steps.h"

namespace cadena::cuda::ladder {
namespace {

// Rows of `size` logits: one on the emulator, 2^26 numbers on a GPU.
class SoftmaxBench {
 public:
  explicit SoftmaxBench(int size)
      : rows_(is_emulated() ? 1 : std::max(1, (1 << 26) / size)),
        columns_(size),
        values_(scattered<float>(at(rows_, 0, columns_), 1)),
        in_(values_),
        out_(std::vector<float>(values_.size())),
        parts_(std::vector<SoftmaxPart>(kSoftmaxParts)) {}

  Softmax problem() const {
    return {.rows = rows_,
            .columns = columns_,
            .in = in_.data(),
            .out = out_.data(),
            .parts = parts_.data(),
            .stream = nullptr};
  }
  void poison() { out_.poison(); }
  // A sum of n terms is off by n 2^-24 relatively, the rest of the formula by some fifty roundings.
  Verdict verdict() const {
    const std::vector<float> got = out_.to_host();
    Verdict result{true, 0};
    for (int r = 0; r < rows_; r += std::max(1, rows_ / 64)) {
      double m = -INFINITY, s = 0;
      for (int c = 0; c < columns_; ++c) m = std::max<double>(m, values_[at(r, c, columns_)]);
      for (int c = 0; c < columns_; ++c) s += std::exp(values_[at(r, c, columns_)] - m);
      for (int c = 0; c < columns_; ++c) {
        const double exact = std::exp(values_[at(r, c, columns_)] - m) / s;
        const double error = std::fabs(got[at(r, c, columns_)] - exact);
        if (!(error <= (columns_ + 50.0) * 0x1p-24 * exact)) result.correct = false;
        result.max_error = std::max(result.max_error, error);
      }
    }
    return result;
  }
  Work work() const {
    const auto elements = static_cast<double>(values_.size());
    return {.flop = 0, .bytes = 8 * elements, .elements = elements};
  }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  int rows_, columns_;
  std::vector<float> values_;
  DeviceArray<float> in_, out_;
  DeviceArray<SoftmaxPart> parts_;
};

}  // namespace

Ladder softmax_ladder() {
  return {.name = "softmax",
          .problem = "rows of `size` logits in f32",
          .counted_size = 16384,
          .timed_size = 4096,
          .flights = {flight<SoftmaxBench>("f32", softmax_steps())}};
}

}  // namespace cadena::cuda::ladder
