#include "tensor/cpu/random.h"

#include <cmath>
#include <numbers>

#include "tensor/base/philox.h"
#include "tensor/cpu/parallel.h"

namespace cadena::cpu {
namespace {

constexpr i64 kGrain = 4096;

/// y[i] = f(the four random words of element i).
template <class F>
void generate(const char* op, const View& y, std::uint64_t seed, std::uint64_t stream, F f) {
  by_float(op, y.dtype, [&]<class T>() {
    parallel_for(y.numel(), kGrain, [&](i64 begin, i64 end) {
      for (i64 i = begin; i < end; ++i) {
        y.as<T>()[i] =
            static_cast<T>(static_cast<compute_t<T>>(f(philox(seed, stream, static_cast<std::uint64_t>(i)))));
      }
    });
  });
}

}  // namespace

void uniform(const View& y, std::uint64_t seed, std::uint64_t stream, double low, double high) {
  const double largest = y.dtype == Dtype::f64 ? 1 - 0x1p-53 : 1 - 0x1p-24;  // rounding must not reach `high`
  generate("uniform", y, seed, stream, [=](const std::array<std::uint32_t, 4>& words) {
    return low + std::min(to_uniform(words[0], words[1]), largest) * (high - low);
  });
}

void normal(const View& y, std::uint64_t seed, std::uint64_t stream, double mean, double deviation) {
  generate("normal", y, seed, stream, [=](const std::array<std::uint32_t, 4>& words) {
    const double u1 = 1 - to_uniform(words[0], words[1]);  // in (0, 1]: the logarithm is finite
    const double u2 = to_uniform(words[2], words[3]);
    return mean + deviation * std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
  });
}

}  // namespace cadena::cpu
