#include "tensor/cpu/logsumexp.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tensor/base/scalar_exp.h"
#include "tensor/cpu/fold.h"

namespace cadena::cpu {
namespace {

/// The largest element; NaN wins and stays.
template <class C>
struct Largest {
  using Acc = C;
  C identity() const { return -std::numeric_limits<C>::infinity(); }
  C step(C best, C x, i64, i64) const { return combine(best, x); }
  C combine(C best, C x) const { return x > best || x != x ? x : best; }
};

/// The sum of e^(x - shift of the result).
template <class C>
struct ShiftedExponentials : Sum<C> {
  const C* shift;
  C step(C total, C x, i64, i64 output) const { return total + scalar::exp(x - shift[output]); }
};

}  // namespace

void logsumexp(const View& y, const View& x, int reduced) {
  by_float("logsumexp", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    std::vector<C> shift(static_cast<std::size_t>(y.numel()));  // 0 for an infinite one: inf - inf has no value
    reduce<T>(x, reduced, Largest<C>{},
              [&](i64 i, C m) { shift[static_cast<std::size_t>(i)] = std::isfinite(m) ? m : C{0}; });
    reduce<T>(x, reduced, ShiftedExponentials<C>{{}, shift.data()}, [&](i64 i, C total) {
      y.as<T>()[i] = static_cast<T>(std::log(total) + shift[static_cast<std::size_t>(i)]);
    });
  });
}

}  // namespace cadena::cpu
