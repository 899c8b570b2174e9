#pragma once

namespace cadena::cuda::emulated {

/// A sum, and what rounding took away from it.
struct ExactSum {
  double rounded, lost;
};

/// x + y = rounded + lost, exactly where the sum is finite (Knuth, volume 2, 4.2.2, theorem B).
inline ExactSum exact_sum(double x, double y) {
  const volatile double sum = x + y, part = sum - x;  // else the compiler may see that nothing is lost among reals
  return {sum, (x - (sum - part)) + (y - part)};
}

}  // namespace cadena::cuda::emulated
