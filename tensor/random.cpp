#include "tensor/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "cuda/kernels/random.h"
#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/random.h"

namespace cadena {
namespace {

/// The next number of the dtype above x.
template <class T>
T next_above(T x) {
  if constexpr (std::is_same_v<T, compute_t<T>>) {
    return std::nextafter(x, std::numeric_limits<T>::infinity());
  } else {  // the bits of a sign and a magnitude
    if (static_cast<float>(x) == 0) x.bits = 0x0001;
    else x.bits = static_cast<std::uint16_t>((x.bits & 0x8000) != 0 ? x.bits - 1 : x.bits + 1);
    return x;
  }
}

/// The smallest number of `dtype` that is at least x, or greater than x if `strictly`.
double round_up(Dtype dtype, double x, bool strictly = false) {
  return by_float("round_up", dtype, [&]<class T>() {
    T y = static_cast<T>(static_cast<compute_t<T>>(x));
    const auto value = static_cast<double>(y);
    if (value < x || (strictly && value == x)) y = next_above(y);
    return static_cast<double>(y);
  });
}

double round_down(Dtype dtype, double x, bool strictly = false) { return -round_up(dtype, -x, strictly); }

double largest(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return std::numeric_limits<double>::max();
    case Dtype::f16: return 65504;
    case Dtype::bf16: return 0x1.fep127;
    default: return std::numeric_limits<float>::max();
  }
}

void check_floating(const char* op, Dtype dtype) {
  if (!is_floating(dtype)) fail_dtype(op, dtype, "f32, f64, f16 or bf16");
}

void check_normal(const char* op, double mean, double deviation, Dtype dtype) {
  check_floating(op, dtype);
  constexpr double kReach = 8.6;  // sqrt(-2 ln 2^-53) deviations from the mean is as far as a draw goes
  if (!(deviation >= 0) || !(std::abs(mean) + kReach * deviation <= largest(dtype))) {
    fail<ValueError>(op, ": expected a deviation of at least 0 and values that ", dtype, " can hold, got mean ", mean,
                     " and deviation ", deviation);
  }
}

/// The next stream number, for a draw on `device`. Throws Error while a step is recorded: all replays would use it.
std::uint64_t next_stream(const char* op, Generator& generator, Device device) {
  if (device.is_cuda()) {
    cuda::Recording::refuse(op, "every replay would draw the same numbers; draw before and pass them as an input");
  }
  return generator.next_stream();
}

/// The weights in row-major order, checked.
Tensor check_weights(const Tensor& weights) {
  check_floating("categorical", weights.dtype());
  if (weights.rank() == 0) fail<ShapeError>("categorical: expected weights of shape (..., k), got a scalar");
  Tensor rows = contiguous(weights);
  const i64 bad = on(rows.device(), cpu::first_row_without_distribution, cuda::first_row_without_distribution)(rows);
  if (bad >= 0) {
    fail<ValueError>("categorical: row ", bad, " of weights of shape ", weights.shape(),
                     " has a negative, infinite or NaN weight, an infinite sum, or no positive weight");
  }
  return rows;
}

}  // namespace

Tensor Generator::state() const {
  Tensor state = empty({2}, Dtype::i64);
  i64* words = state.mutable_data<i64>();
  words[0] = std::bit_cast<i64>(seed_);
  words[1] = std::bit_cast<i64>(stream_);
  return state;
}

Generator Generator::restore(const Tensor& state) {
  if (state.shape() != Shape{2}) fail<ShapeError>("Generator: expected a state of shape (2,), got ", state.shape());
  if (state.dtype() != Dtype::i64) fail_dtype("Generator", state.dtype(), "i64");
  const Tensor words = contiguous(to(state, Device::cpu()));
  return Generator(std::bit_cast<std::uint64_t>(words.data<i64>()[0]),
                   std::bit_cast<std::uint64_t>(words.data<i64>()[1]));
}

Tensor uniform(Generator& generator, const Shape& shape, double low, double high, Dtype dtype, Device device) {
  check_floating("uniform", dtype);
  if (!(low < high) || !std::isfinite(high - low) || -low > largest(dtype) || high > largest(dtype)) {
    fail<ValueError>("uniform: expected low < high, both finite in ", dtype, ", got ", low, " and ", high);
  }
  const double first = round_up(dtype, low);
  const double last = round_down(dtype, high, true);
  if (first > last) fail<ValueError>("uniform: no number of ", dtype, " lies between ", low, " and ", high);
  Tensor y = empty(shape, dtype, device);
  on(y.device(), cpu::uniform, cuda::uniform)(y, generator.seed(), next_stream("uniform", generator, y.device()),
                                              {low, high, first, last});
  return y;
}

Tensor normal(Generator& generator, const Shape& shape, double mean, double deviation, Dtype dtype, Device device) {
  check_normal("normal", mean, deviation, dtype);
  Tensor y = empty(shape, dtype, device);
  on(y.device(), cpu::normal, cuda::normal)(y, generator.seed(), next_stream("normal", generator, y.device()),
                                            {mean, deviation});
  return y;
}

Tensor truncated_normal(Generator& generator, const Shape& shape, double mean, double deviation, double low,
                        double high, Dtype dtype, Device device) {
  check_normal("truncated_normal", mean, deviation, dtype);
  if (!(deviation > 0) || !(low < high) || low > largest(dtype) || -high > largest(dtype)) {
    fail<ValueError>("truncated_normal: expected a deviation above 0 and low < high, got ", deviation, ", ", low,
                     " and ", high, " for ", dtype);
  }
  if (!std::isfinite((std::clamp(mean, low, high) - mean) / deviation)) {
    fail<ValueError>("truncated_normal: ", low, " … ", high, " lies more deviations of ", deviation, " from the mean ",
                     mean, " than f64 can count");
  }
  const double first = -low > largest(dtype) ? low : round_up(dtype, low);
  const double last = high > largest(dtype) ? high : round_down(dtype, high);
  if (first > last) fail<ValueError>("truncated_normal: no number of ", dtype, " lies between ", low, " and ", high);
  Tensor y = empty(shape, dtype, device);
  on(y.device(), cpu::truncated_normal, cuda::truncated_normal)(y, generator.seed(),
                                                                next_stream("truncated_normal", generator, y.device()),
                                                                {mean, deviation}, {low, high}, {first, last});
  return y;
}

Tensor randint(Generator& generator, const Shape& shape, i64 low, i64 high, Device device) {
  if (low >= high) fail<ValueError>("randint: expected low < high, got ", low, " and ", high);
  Tensor y = empty(shape, Dtype::i64, device);
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  on(y.device(), cpu::randint, cuda::randint)(y, generator.seed(), next_stream("randint", generator, y.device()),
                                              {low, range});
  return y;
}

Tensor bernoulli(Generator& generator, const Shape& shape, double p, Dtype dtype, Device device) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>("bernoulli: expected a probability in [0, 1], got ", p);
  Tensor y = empty(shape, dtype, device);
  on(y.device(), cpu::bernoulli, cuda::bernoulli)(y, generator.seed(), next_stream("bernoulli", generator, y.device()),
                                                  p);
  return y;
}

Tensor bernoulli(Generator& generator, const Tensor& p) {
  check_floating("bernoulli", p.dtype());
  const Tensor each = contiguous(p);
  const i64 bad = on(p.device(), cpu::first_non_probability, cuda::first_non_probability)(each);
  if (bad >= 0) {
    fail<ValueError>("bernoulli: expected probabilities in [0, 1], got another value at element ", bad, " of shape ",
                     p.shape(), " in row-major order");
  }
  Tensor y = empty(p.shape(), Dtype::boolean, p.device());
  on(y.device(), cpu::bernoulli_each, cuda::bernoulli_each)(y, each, generator.seed(),
                                                            next_stream("bernoulli", generator, y.device()));
  return y;
}

Tensor categorical(Generator& generator, const Tensor& weights) {
  const Tensor rows = check_weights(weights);
  Tensor y = empty(rows.shape().without(rows.rank() - 1), Dtype::i64, rows.device());
  on(y.device(), cpu::categorical, cuda::categorical)(y, rows, 1, generator.seed(),
                                                      next_stream("categorical", generator, y.device()));
  return y;
}

Tensor categorical(Generator& generator, const Tensor& weights, i64 draws) {
  if (draws < 0) fail<ValueError>("categorical: expected at least 0 draws, got ", draws);
  const Tensor rows = check_weights(weights);
  Shape shape = rows.shape();
  shape[shape.rank() - 1] = draws;
  Tensor y = empty(shape, Dtype::i64, rows.device());
  on(y.device(), cpu::categorical, cuda::categorical)(y, rows, draws, generator.seed(),
                                                      next_stream("categorical", generator, y.device()));
  return y;
}

Tensor permutation(Generator& generator, i64 n, Device device) {
  if (n < 0) fail<ValueError>("permutation: expected at least 0 elements, got ", n);
  Tensor y = empty({n}, Dtype::i64, device);
  on(y.device(), cpu::permutation, cuda::permutation)(y, generator.seed(),
                                                      next_stream("permutation", generator, y.device()));
  return y;
}

}  // namespace cadena
