// The problems of the elementwise ladders, as `cadena ladder elementwise` sets them up.
#include <algorithm>
#include <cmath>

#include "cuda/ladder/copy_peer.h"
#include "cuda/ladder/device_array.h"
#include "cuda/ladder/elementwise/steps.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/scatter.h"

namespace cadena::cuda::ladder {
namespace {

// Rows of `size` numbers: 16 on the emulator, 2^27 numbers on a GPU.
template <class T>
class BiasGeluBench {
 public:
  explicit BiasGeluBench(int size)
      : rows_(is_emulated() ? 16 : std::max(1, (1 << 27) / size)),
        columns_(size),
        values_(scattered<T>(at(rows_, 0, columns_), 1)),
        values_bias_(scattered<T>(at(1, 0, columns_), 2)),
        in_(values_),
        bias_(values_bias_),
        out_(std::vector<T>(values_.size())),
        between_(std::vector<T>(values_.size())) {}

  BiasGelu<T> problem() const {
    return {.rows = rows_,
            .columns = columns_,
            .in = in_.data(),
            .bias = bias_.data(),
            .out = out_.data(),
            .between = between_.data(),
            .stream = nullptr};
  }
  void poison() { out_.poison(); }
  // Some thirty roundings of f32; in f16 one of x + b (E1) and one of the result.
  Verdict verdict() const {
    const double unit = sizeof(T) == 2 ? 0x1p-11 : 0x1p-24;
    const std::vector<T> got = out_.to_host();
    Verdict result{true, 0};
    for (std::size_t i = 0; i < got.size(); i += std::max<std::size_t>(1, got.size() >> 20)) {
      const double t = static_cast<double>(as_float(values_[i])) +
                       static_cast<double>(as_float(values_bias_[i % values_bias_.size()]));
      const double exact = t * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (t + 0.044715 * t * t * t))) / 2;
      const double error = std::fabs(static_cast<double>(as_float(got[i])) - exact);
      if (!(error <= 3 * unit * (std::fabs(t) + std::fabs(exact)) + 0x1p-19 * std::fabs(t) + 0x1p-24)) {
        result.correct = false;
      }
      result.max_error = std::max(result.max_error, error);
    }
    return result;
  }
  Work work() const {
    const auto elements = static_cast<double>(values_.size());
    return {.flop = 0, .bytes = 2 * sizeof(T) * elements, .elements = elements};
  }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  int rows_, columns_;
  std::vector<T> values_, values_bias_;
  DeviceArray<T> in_, bias_, out_, between_;
};

// Eight sequences of vectors of 64 pairs: 16 positions on the emulator, 32 `size` on a GPU.
class RotaryBench {
 public:
  explicit RotaryBench(int size)
      : positions_(is_emulated() ? 16 : 32 * size),
        values_(scattered<float>(static_cast<std::size_t>(kSequences) * row(), 1)),
        in_(values_),
        out_(std::vector<float>(values_.size())),
        turns_(std::vector<float>(row())) {}

  Rotary problem() const {
    return {.sequences = kSequences,
            .positions = positions_,
            .pairs = kPairs,
            .in = in_.data(),
            .out = out_.data(),
            .turns = turns_.data(),
            .stream = nullptr};
  }
  void poison() { out_.poison(); }
  // The angle p base^(-i / pairs) is off by some roundings relatively, so cosine and sine by as much times the angle.
  Verdict verdict() const {
    const std::vector<float> got = out_.to_host();
    Verdict result{true, 0};
    const std::size_t pairs = values_.size() / 2;
    for (std::size_t i = 0; i < pairs; i += std::max<std::size_t>(1, pairs >> 18)) {
      const auto position = static_cast<double>(i / kPairs % static_cast<std::size_t>(positions_));
      const double angle = position * std::pow(10000.0, -static_cast<double>(i % kPairs) / kPairs);
      const double x = values_[2 * i], y = values_[2 * i + 1];
      const double first = x * std::cos(angle) - y * std::sin(angle),
                   second = x * std::sin(angle) + y * std::cos(angle);
      const double error = std::max(std::fabs(got[2 * i] - first), std::fabs(got[2 * i + 1] - second));
      if (!(error <= (20 + 20 * angle) * 0x1p-24 * (std::fabs(x) + std::fabs(y)))) result.correct = false;
      result.max_error = std::max(result.max_error, error);
    }
    return result;
  }
  Work work() const {
    const auto elements = static_cast<double>(values_.size());
    return {.flop = 0, .bytes = 8 * elements, .elements = elements};
  }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  static constexpr int kSequences = 8, kPairs = 64;
  std::size_t row() const { return static_cast<std::size_t>(positions_) * 2 * kPairs; }
  int positions_;
  std::vector<float> values_;
  DeviceArray<float> in_, out_, turns_;
};

}  // namespace

Ladder elementwise_ladder() {
  return {.name = "elementwise",
          .problem = "bias and GELU on rows of `size` numbers; rotary embedding",
          .counted_size = 256,
          .timed_size = 4096,
          .flights = {flight<BiasGeluBench<float>>("f32", bias_gelu_steps<float>()),
                      flight<BiasGeluBench<__half>>("f16", bias_gelu_steps<__half>()),
                      flight<RotaryBench>("rotary", rotary_steps())}};
}

}  // namespace cadena::cuda::ladder
