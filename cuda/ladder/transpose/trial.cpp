// The problem of the transpose ladder, as `cadena ladder transpose` sets it up.
#include <cmath>

#include "cuda/ladder/copy_peer.h"
#include "cuda/ladder/device_array.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/scatter.h"
#include "cuda/ladder/transpose/steps.h"

namespace cadena::cuda::ladder {
namespace {

// A square matrix of f32.
class TransposeBench {
 public:
  explicit TransposeBench(int size)
      : size_(size),
        values_(scattered<float>(at(size, 0, size), 1)),
        in_(values_),
        out_(std::vector<float>(values_.size())) {}

  Transpose problem() const {
    return {.rows = size_, .columns = size_, .in = in_.data(), .out = out_.data(), .stream = nullptr};
  }
  void poison() { out_.poison(); }
  Verdict verdict() const {
    const std::vector<float> got = out_.to_host();
    for (int r = 0; r < size_; ++r) {
      for (int c = 0; c < size_; ++c) {
        const float off = got[at(c, r, size_)] - values_[at(r, c, size_)];
        if (!(off == 0)) return {false, std::fabs(off)};
      }
    }
    return {true, 0};
  }
  Work work() const {
    const auto elements = static_cast<double>(values_.size());
    return {.flop = 0, .bytes = 8 * elements, .elements = elements};
  }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  int size_;
  std::vector<float> values_;
  DeviceArray<float> in_, out_;
};

}  // namespace

Ladder transpose_ladder() {
  return {.name = "transpose",
          .problem = "a square matrix of f32",
          .counted_size = 128,
          .timed_size = 16384,
          .flights = {flight<TransposeBench>("f32", transpose_steps())}};
}

}  // namespace cadena::cuda::ladder
