#include "tensor/cpu/moments.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tensor/cpu/fold.h"

namespace cadena::cpu {
namespace {

/// Folds that add up f(x, centre of the result).
template <class C, class F>
struct Centred {
  using Acc = C;
  const C* centre;
  F f;
  C identity() const { return 0; }
  C step(C total, C x, i64, i64 output) const { return total + f(x, centre[output]); }
  C combine(C a, C b) const { return a + b; }
};

/// Folds that add up f(x).
template <class C, class F>
struct SumOf {
  using Acc = C;
  F f;
  C identity() const { return 0; }
  template <class X>
  C step(C total, X x, i64, i64) const {
    return total + f(static_cast<C>(x));
  }
  C combine(C a, C b) const { return a + b; }
};

/// The largest element; NaN wins and stays.
template <class C>
struct Largest {
  using Acc = C;
  C identity() const { return -std::numeric_limits<C>::infinity(); }
  C step(C best, C x, i64, i64) const { return combine(best, x); }
  C combine(C best, C x) const { return x > best || x != x ? x : best; }
};

template <class C, class F>
SumOf<C, F> sum_of(F f) {
  return {f};
}

/// The last results of a first pass, one for each output of the second.
template <class C>
std::vector<C> centres(const View& y) {
  return std::vector<C>(static_cast<std::size_t>(y.numel()));
}

template <class T, class Finish>
void variance(const View& y, const View& x, int reduced, double correction, Finish finish) {
  using C = compute_t<T>;
  const auto n = static_cast<double>(Walk(x, x.rank - reduced, x.rank).numel());
  std::vector<C> mean = centres<C>(y);
  reduce<T>(x, reduced, sum_of<C>([](C v) { return v; }),
            [&](i64 i, C total) { mean[static_cast<std::size_t>(i)] = total / static_cast<C>(n); });
  const auto square = [](C v, C m) { return (v - m) * (v - m); };
  const C divisor = static_cast<C>(std::max(0.0, n - correction));
  reduce<T>(x, reduced, Centred<C, decltype(square)>{mean.data(), square},
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

void logsumexp(const View& y, const View& x, int reduced) {
  by_float("logsumexp", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    std::vector<C> shift = centres<C>(y);  // 0 where the largest element is infinite: inf - inf has no value
    reduce<T>(x, reduced, Largest<C>{},
              [&](i64 i, C m) { shift[static_cast<std::size_t>(i)] = std::isfinite(m) ? m : C{0}; });
    const auto shifted_exp = [](C v, C m) { return std::exp(v - m); };
    reduce<T>(x, reduced, Centred<C, decltype(shifted_exp)>{shift.data(), shifted_exp}, [&](i64 i, C total) {
      y.as<T>()[i] = static_cast<T>(std::log(total) + shift[static_cast<std::size_t>(i)]);
    });
  });
}

void norm(const View& y, const View& x, int reduced, double p) {
  by_float("norm", x.dtype, [&]<class T>() {
    const auto store = [&](i64 i, double total) { y.as<T>()[i] = static_cast<T>(static_cast<compute_t<T>>(total)); };
    const auto fold = [&](auto f, auto finish) {  // in f64: squares of f32 neither overflow nor vanish
      reduce<T>(x, reduced, sum_of<double>(f), [&](i64 i, double total) { store(i, finish(total)); });
    };
    if (p == std::numeric_limits<double>::infinity()) {
      struct LargestMagnitude : Largest<double> {
        double identity() const { return 0; }
        double step(double best, double v, i64, i64) const { return this->combine(best, std::fabs(v)); }
      };
      reduce<T>(x, reduced, LargestMagnitude{}, store);
    } else if (p == -std::numeric_limits<double>::infinity()) {
      struct SmallestMagnitude : Largest<double> {  // -min |x| = max -|x|
        double step(double best, double v, i64, i64) const { return this->combine(best, -std::fabs(v)); }
      };
      reduce<T>(x, reduced, SmallestMagnitude{}, [&](i64 i, double best) { store(i, -best); });
    } else if (p == 2) {
      fold([](double v) { return v * v; }, [](double total) { return std::sqrt(total); });
    } else if (p == 1) {
      fold([](double v) { return std::fabs(v); }, [](double total) { return total; });
    } else if (p == 0) {
      fold([](double v) { return v != 0 ? 1.0 : 0.0; }, [](double total) { return total; });
    } else {
      fold([p](double v) { return std::pow(std::fabs(v), p); }, [p](double total) { return std::pow(total, 1 / p); });
    }
  });
}

}  // namespace cadena::cpu
