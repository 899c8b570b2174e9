#include "cuda/ladder/gemm/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {
namespace {

// The larger of both; NaN, once met, stays.
void raise(double& largest, double value) {
  if (std::isnan(value) || value > largest) largest = value;
}

}  // namespace

Comparison compare_gemm(int M, int N, int K, double alpha, const std::vector<float>& A, const std::vector<float>& B,
                        double beta, const std::vector<float>& before, const std::vector<float>& got, Rounding rounding,
                        std::vector<int> rows) {
  if (rows.empty()) {
    rows.resize(static_cast<std::size_t>(M));
    std::iota(rows.begin(), rows.end(), 0);
  }
  Comparison result;
  std::vector<double> sum(static_cast<std::size_t>(N)), magnitude(sum.size());
  for (const int row : rows) {
    std::fill(sum.begin(), sum.end(), 0.0);
    std::fill(magnitude.begin(), magnitude.end(), 0.0);
    for (int k = 0; k < K; ++k) {
      const double a = alpha * A[at(row, k, K)];
      const float* b = B.data() + at(k, 0, N);
      for (std::size_t j = 0; j < sum.size(); ++j) {
        sum[j] += a * b[j];
        magnitude[j] += std::fabs(a * b[j]);
      }
    }
    for (std::size_t j = 0; j < sum.size(); ++j) {
      const std::size_t place = at(row, static_cast<int>(j), N);
      const double old = beta == 0 ? 0 : beta * before[place];
      const double exact = sum[j] + old;
      const double error = std::fabs(got[place] - exact);
      const double bound = (K + 4) * rounding.sum * (magnitude[j] + std::fabs(old)) +
                           rounding.store * std::fabs(exact) + std::numeric_limits<float>::denorm_min();
      raise(result.max_error, error);
      raise(result.worst_share, error / bound);
    }
  }
  return result;
}

}  // namespace cadena::cuda::ladder
