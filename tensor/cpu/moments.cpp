#include "tensor/cpu/moments.h"

#include <cmath>
#include <vector>

#include "tensor/cpu/fold.h"

namespace cadena::cpu {
namespace {

/// The sum of (x - mean of the result)^2.
template <class C>
struct SquaredDistance : Sum<C> {
  const C* mean;
  C step(C total, C x, i64, i64 output) const {
    const C distance = x - mean[output];
    return total + distance * distance;
  }
};

template <class T, class Finish>
void variance(const View& y, const View& x, int reduced, double correction, Finish finish) {
  using C = compute_t<T>;
  const auto n = static_cast<double>(Walk(x, x.rank - reduced, x.rank).numel());
  std::vector<C> mean(static_cast<std::size_t>(y.numel()));
  reduce<T>(x, reduced, Sum<C>{},
            [&](i64 i, C total) { mean[static_cast<std::size_t>(i)] = total / static_cast<C>(n); });
  const C divisor = static_cast<C>(std::max(0.0, n - correction));
  reduce<T>(x, reduced, SquaredDistance<C>{{}, mean.data()},
            [&](i64 i, C total) { y.as<T>()[i] = static_cast<T>(finish(total / divisor)); });
}

}  // namespace

void var(const View& y, const View& x, int reduced, double correction) {
  by_float("var", x.dtype, [&]<class T>() { variance<T>(y, x, reduced, correction, [](auto v) { return v; }); });
}

void stddev(const View& y, const View& x, int reduced, double correction) {
  by_float("stddev", x.dtype,
           [&]<class T>() { variance<T>(y, x, reduced, correction, [](auto v) { return std::sqrt(v); }); });
}

}  // namespace cadena::cpu
