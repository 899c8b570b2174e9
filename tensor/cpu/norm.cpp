#include "tensor/cpu/norm.h"

#include <cmath>
#include <limits>

#include "tensor/cpu/fold.h"

namespace cadena::cpu {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The sum of f(x) in f64: squares of f32 neither overflow nor vanish.
template <class F>
struct SumOf : Sum<double> {
  F f;
  double step(double total, double x, i64, i64) const { return total + f(x); }
};

/// The largest |x|; NaN wins and stays.
struct LargestMagnitude {
  using Acc = double;
  double identity() const { return 0; }
  double step(double best, double x, i64, i64) const { return combine(best, std::fabs(x)); }
  double combine(double best, double x) const { return x > best || x != x ? x : best; }
};

/// The smallest |x|; NaN wins and stays.
struct SmallestMagnitude {
  using Acc = double;
  double identity() const { return kInfinity; }
  double step(double best, double x, i64, i64) const { return combine(best, std::fabs(x)); }
  double combine(double best, double x) const { return x < best || x != x ? x : best; }
};

/// Calls `store(i, norm)` once for the p-norm of each x[i, …] over the last `reduced` axes.
template <class T, class Store>
void for_each_norm(const View& x, int reduced, double p, const Store& store) {
  const auto fold = [&](auto f, auto finish) {
    reduce<T>(x, reduced, SumOf<decltype(f)>{{}, f}, [&](i64 i, double total) { store(i, finish(total)); });
  };
  if (p == kInfinity) {
    reduce<T>(x, reduced, LargestMagnitude{}, store);
  } else if (p == -kInfinity) {
    reduce<T>(x, reduced, SmallestMagnitude{}, store);
  } else if (p == 2) {
    fold([](double v) { return v * v; }, [](double total) { return std::sqrt(total); });
  } else if (p == 1) {
    fold([](double v) { return std::fabs(v); }, [](double total) { return total; });
  } else if (p == 0) {
    fold([](double v) { return v != 0 ? 1.0 : 0.0; }, [](double total) { return total; });
  } else {
    fold([p](double v) { return std::pow(std::fabs(v), p); }, [p](double total) { return std::pow(total, 1 / p); });
  }
}

}  // namespace

void norm(const View& y, const View& x, int reduced, double p) {
  by_float("norm", x.dtype, [&]<class T>() {
    for_each_norm<T>(x, reduced, p,
                     [&](i64 i, double v) { y.as<T>()[i] = static_cast<T>(static_cast<compute_t<T>>(v)); });
  });
}

double vector_norm(const View& x, double p) {
  double value = 0;
  by_float("vector_norm", x.dtype,
           [&]<class T>() { for_each_norm<T>(x, x.rank, p, [&](i64, double v) { value = v; }); });
  return value;
}

}  // namespace cadena::cpu
