#pragma once

#include <cmath>
#include <limits>

#include "cuda/kernels/fold.cuh"

namespace cadena::cuda {

/// A sum of exponentials that cannot overflow: \f$ \sum e^x = s\, e^m \f$ with m the largest x so far.
template <class C>
struct Shifted {
  C m;
  C s;

  /// ln of the sum.
  __device__ __forceinline__ C log() const { return std::log(s) + m; }
};

/// Sums of exponentials in one pass: whenever a larger element comes, what was summed so far is scaled down to it. NaN
/// stays in s; infinite elements are never subtracted from each other.
template <class C>
struct LogSumExp {
  using Acc = Shifted<C>;

  __device__ __forceinline__ Acc identity() const { return {-std::numeric_limits<C>::infinity(), 0}; }

  __device__ __forceinline__ Acc add(const Acc& sum, C x) const {
    if (x > sum.m) return {x, sum.s * std::exp(sum.m - x) + 1};
    return {sum.m, sum.s + (x == sum.m ? C{1} : std::exp(x - sum.m))};
  }

  template <class P>
  __device__ __forceinline__ Acc step(const Acc& sum, C x, const P&) const {
    return add(sum, x);
  }

  __device__ __forceinline__ Acc combine(const Acc& a, const Acc& b) const {
    if (a.m == b.m) return {a.m, a.s + b.s};
    const Acc& high = a.m > b.m ? a : b;
    const Acc& low = a.m > b.m ? b : a;
    return {high.m, high.s + low.s * std::exp(low.m - high.m)};
  }
};

/// The sum of exponentials of a row for every thread of its team.
template <class T, class C = compute_t<T>>
__device__ Shifted<C> team_logsumexp(const Teams& teams, i64 n, bool packed, const Row<const T>& x) {
  const LogSumExp<C> fold;
  Shifted<C> sum = fold.identity();
  visit_row(
      teams, n, packed, [&](i64, C v) { sum = fold.add(sum, v); }, x);
  return team_combine(teams, sum, [&](const auto& a, const auto& b) { return fold.combine(a, b); });
}

}  // namespace cadena::cuda
