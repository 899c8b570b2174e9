// What a step of the attention ladder must compute, in f64, and how far it may be off.
#pragma once

#include <vector>

#include "cuda/ladder/attention/problem.h"
#include "cuda/ladder/gemm/reference.h"

namespace cadena::cuda::ladder {

/// Exact values, and the largest error a correct step can make in each.
struct Expected {
  std::vector<double> value, bound;

  /// Holds what a step returned against the values; infinite ones must be met exactly, and NaN is never correct.
  Comparison compare(const std::vector<float>& got) const;
};

/// O and L of `Attention`.
struct ExpectedAttention {
  Expected out, lse;
};

/// dQ, dK and dV of `AttentionGradient`.
struct ExpectedAttentionGradient {
  Expected dq, dk, dv;
};

/// Attention in f64. With u an addition's rounding and w that of a stored number, a score is off by at most
/// \f$ \sigma_i = (d + 4)\,u \max_j \sum_c |q_{ic} k_{jc}| / \sqrt d \f$ and a weight, numerator and denominator, by
/// the share \f$ \rho_i = 2 \sigma_i + (T + 16)\,u \f$; so \f$ |\delta O_{ic}| \le (\rho_i + w + (T + 16)\,u) \sum_j
/// p_{ij} |v_{jc}| + w |O_{ic}| \f$. (Higham, Accuracy and Stability of Numerical Algorithms, 3.1; w once for the
/// weight as a factor, once for O.) Bounds have 2 % added for products of errors.
ExpectedAttention expected_attention(const AttentionShape& shape, const std::vector<float>& q,
                                     const std::vector<float>& k, const std::vector<float>& v, Rounding rounding);

/// The cotangents in f64, from that of O. The bounds follow the formulas of `AttentionGradient`: a weight is off by the
/// share \f$ \rho_i + u |L_i| + w \f$; D, which is made of the stored O, by \f$ (w + (d + 4)\,u) \sum_c |dO_{ic}
/// O_{ic}| \f$; dS by the share of P in \f$ |dP| + |D| \f$ and by what dP and D are off; sums of S or T terms by their
/// length times u.
ExpectedAttentionGradient expected_attention_gradient(const AttentionShape& shape, const std::vector<float>& q,
                                                      const std::vector<float>& k, const std::vector<float>& v,
                                                      const std::vector<float>& dout, Rounding rounding);

}  // namespace cadena::cuda::ladder
