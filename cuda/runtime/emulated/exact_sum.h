#pragma once

namespace cadena::cuda::emulated {

/// A sum, and what rounding took away from it.
template <class T>
struct ExactSum {
  T rounded, lost;
};

/// x + y = rounded + lost, exactly where the sum is finite (Knuth, volume 2, 4.2.2, theorem B).
template <class T>
ExactSum<T> exact_sum(T x, T y) {
  const volatile T sum = x + y, part = sum - x;  // else the compiler may see that nothing is lost among reals
  return {sum, (x - (sum - part)) + (y - part)};
}

}  // namespace cadena::cuda::emulated
