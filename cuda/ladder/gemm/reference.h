// What a step of the GEMM ladder must compute, in f64, and how far it may be off.
#pragma once

#include <vector>

namespace cadena::cuda::ladder {

/// How often, and how coarsely, a step rounds.
struct Rounding {
  double sum;    ///< largest relative error of one addition to a sum
  double store;  ///< largest relative error of a stored element
};

/// f32 on the CUDA cores: each addition and each store rounds to nearest, 24 bits.
inline constexpr Rounding kFloatRounding{0x1p-24, 0x1p-24};
/// bf16 on the tensor cores: products are exact, sums are cut off rather than rounded, elements have 8 bits.
inline constexpr Rounding kBf16Rounding{0x1p-22, 0x1p-8};

/// A comparison of alpha A B + beta C with what a step returned.
struct Comparison {
  double max_error = 0;    ///< largest |returned - exact|
  double worst_share = 0;  ///< largest error in terms of its bound: at most 1 where the step is correct, NaN for NaN
  bool correct() const { return worst_share <= 1; }
};

/// Compares `got` with alpha A B + beta C in f64, where `before` is C as the step found it. The bound of an element is
/// \f$ (K + 4) u_s (|\alpha| \sum_k |a_k b_k| + |\beta c|) + u_c |\text{exact}| \f$ (Higham, Accuracy and Stability of
/// Numerical Algorithms, 3.1). `rows` names the rows to compare; empty: all.
Comparison compare_gemm(int M, int N, int K, double alpha, const std::vector<float>& A, const std::vector<float>& B,
                        double beta, const std::vector<float>& before, const std::vector<float>& got, Rounding rounding,
                        std::vector<int> rows = {});

}  // namespace cadena::cuda::ladder
