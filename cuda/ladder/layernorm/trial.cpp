// The problems of the ladders of layer norm, as `cadena ladder layernorm` sets them up.
#include <algorithm>
#include <cmath>

#include "cuda/ladder/copy_peer.h"
#include "cuda/ladder/device_array.h"
#include "cuda/ladder/ladders.h"
#include "cuda/ladder/layernorm/steps.h"
#include "cuda/ladder/scatter.h"

namespace cadena::cuda::ladder {
namespace {

constexpr double kEps = 1e-5;

// 64 rows of `size` numbers on the emulator, 2^26 numbers on a GPU.
int rows_of(int size) { return is_emulated() ? 64 : std::max(1, (1 << 26) / size); }
std::size_t length(int count) { return static_cast<std::size_t>(count); }

// What both directions are made of.
struct Input {
  explicit Input(int size)
      : rows(rows_of(size)),
        columns(size),
        x(scattered<float>(at(rows, 0, columns), 1)),
        weight(scattered<float>(length(columns), 2)),
        mean(length(rows)),
        rstd(length(rows)) {
    for (int r = 0; r < rows; ++r) {
      double sum = 0, squares = 0;
      for (int c = 0; c < columns; ++c) sum += x[at(r, c, columns)];
      for (int c = 0; c < columns; ++c) squares += std::pow(x[at(r, c, columns)] - sum / columns, 2);
      mean[length(r)] = sum / columns;
      rstd[length(r)] = 1 / std::sqrt(squares / columns + kEps);
    }
  }
  double normalized(int r, int c) const { return (x[at(r, c, columns)] - mean[length(r)]) * rstd[length(r)]; }
  double elements() const { return static_cast<double>(x.size()); }

  int rows, columns;
  std::vector<float> x, weight;
  std::vector<double> mean, rstd;
};

std::vector<float> as_f32(const std::vector<double>& values) { return {values.begin(), values.end()}; }

void compare(double got, double exact, double bound, Verdict& result) {
  const double error = std::fabs(got - exact);
  if (!(error <= bound)) result.correct = false;
  result.max_error = std::max(result.max_error, error);
}

class ForwardBench {
 public:
  explicit ForwardBench(int size)
      : input_(size),
        values_bias_(scattered<float>(length(size), 3)),
        x_(input_.x),
        weight_(input_.weight),
        bias_(values_bias_),
        y_(std::vector<float>(input_.x.size())),
        mean_(std::vector<float>(length(input_.rows))),
        rstd_(std::vector<float>(length(input_.rows))) {}

  LayerNorm problem() const {
    return {.rows = input_.rows,
            .columns = input_.columns,
            .eps = static_cast<float>(kEps),
            .x = x_.data(),
            .weight = weight_.data(),
            .bias = bias_.data(),
            .y = y_.data(),
            .mean = mean_.data(),
            .rstd = rstd_.data(),
            .stream = nullptr};
  }
  void poison() {
    y_.poison();
    mean_.poison();
    rstd_.poison();
  }
  // Sums of n terms are off by n 2^-24 relatively, the rest of the formula by some fifty roundings.
  Verdict verdict() const {
    const std::vector<float> got = y_.to_host(), mean = mean_.to_host(), rstd = rstd_.to_host();
    const double roundings = (input_.columns + 50) * 0x1p-24;
    Verdict result{true, 0};
    for (int r = 0; r < input_.rows; r += std::max(1, input_.rows / 64)) {
      compare(mean[length(r)], input_.mean[length(r)], roundings, result);
      compare(rstd[length(r)], input_.rstd[length(r)], roundings * input_.rstd[length(r)], result);
      for (int c = 0; c < input_.columns; ++c) {
        const double scaled = input_.normalized(r, c) * input_.weight[length(c)], bias = values_bias_[length(c)];
        compare(got[at(r, c, input_.columns)], scaled + bias,
                roundings * (std::fabs(scaled) + std::fabs(bias) + input_.rstd[length(r)]), result);
      }
    }
    return result;
  }
  Work work() const { return {.flop = 0, .bytes = 8 * input_.elements(), .elements = input_.elements()}; }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  Input input_;
  std::vector<float> values_bias_;
  DeviceArray<float> x_, weight_, bias_, y_, mean_, rstd_;
};

class BackwardBench {
 public:
  explicit BackwardBench(int size)
      : input_(size),
        values_dy_(scattered<float>(input_.x.size(), 4)),
        dy_(values_dy_),
        x_(input_.x),
        weight_(input_.weight),
        mean_(as_f32(input_.mean)),
        rstd_(as_f32(input_.rstd)),
        dx_(std::vector<float>(input_.x.size())),
        dweight_(std::vector<float>(length(size))),
        dbias_(std::vector<float>(length(size))),
        slabs_(std::vector<float>(2 * length(kLayerNormSlabs) * length(size))) {}

  LayerNormGradient problem() const {
    return {.rows = input_.rows,
            .columns = input_.columns,
            .dy = dy_.data(),
            .x = x_.data(),
            .weight = weight_.data(),
            .mean = mean_.data(),
            .rstd = rstd_.data(),
            .dx = dx_.data(),
            .dweight = dweight_.data(),
            .dbias = dbias_.data(),
            .slabs = slabs_.data(),
            .stream = nullptr};
  }
  void poison() {
    dx_.poison();
    dweight_.poison();
    dbias_.poison();
  }
  Verdict verdict() const {
    Verdict result{true, 0};
    compare_inputs(result);
    compare_parameters(result);
    return result;
  }
  // x and dy read, dx written.
  Work work() const { return {.flop = 0, .bytes = 12 * input_.elements(), .elements = input_.elements()}; }
  Peer peer() const { return copy_peer(work().bytes); }

 private:
  double dy(int r, int c) const { return values_dy_[at(r, c, input_.columns)]; }

  void compare_inputs(Verdict& result) const {
    const std::vector<float> got = dx_.to_host();
    const int n = input_.columns;
    for (int r = 0; r < input_.rows; r += std::max(1, input_.rows / 64)) {
      double sum = 0, product = 0;
      for (int c = 0; c < n; ++c) {
        const double g = dy(r, c) * input_.weight[length(c)];
        sum += g;
        product += g * input_.normalized(r, c);
      }
      for (int c = 0; c < n; ++c) {
        const double g = dy(r, c) * input_.weight[length(c)], h = input_.normalized(r, c), rho = input_.rstd[length(r)];
        compare(got[at(r, c, n)], rho * (g - sum / n - h * product / n),
                (n + 50) * 0x1p-24 * rho * (2 + std::fabs(g) + std::fabs(h)), result);
      }
    }
  }
  void compare_parameters(Verdict& result) const {
    const std::vector<float> dweight = dweight_.to_host(), dbias = dbias_.to_host();
    for (int c = 0; c < input_.columns; c += std::max(1, input_.columns / 64)) {
      double weight = 0, bias = 0, magnitude = 0;
      for (int r = 0; r < input_.rows; ++r) {
        const double h = input_.normalized(r, c);
        weight += dy(r, c) * h;
        bias += dy(r, c);
        magnitude += std::fabs(dy(r, c)) * (1 + std::fabs(h));
      }
      // However they are cut, at most some hundreds of additions follow each other.
      const double bound = 4 * (std::sqrt(static_cast<double>(input_.rows)) + 50) * 0x1p-24 * magnitude;
      compare(dweight[length(c)], weight, bound, result);
      compare(dbias[length(c)], bias, bound, result);
    }
  }

  Input input_;
  std::vector<float> values_dy_;
  DeviceArray<float> dy_, x_, weight_, mean_, rstd_, dx_, dweight_, dbias_, slabs_;
};

}  // namespace

Ladder layernorm_ladder() {
  return {.name = "layernorm",
          .problem = "rows of `size` numbers in f32, forward and backward",
          .counted_size = 1024,
          .timed_size = 4096,
          .flights = {flight<ForwardBench>("forward", layer_norm_steps()),
                      flight<BackwardBench>("backward", layer_norm_gradient_steps())}};
}

}  // namespace cadena::cuda::ladder
