#include "tensor/cpu/layer_norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/cpu/rows.h"

namespace cadena::cpu {
namespace {

constexpr i64 kRows = 64;  // rows whose contributions to the parameters are added up by one thread

/// A row of n parameters in the compute type; where there is none, n times `otherwise`.
template <class T>
std::vector<compute_t<T>> row_or(const View& p, i64 n, compute_t<T> otherwise) {
  if (p.data == nullptr) return std::vector<compute_t<T>>(static_cast<std::size_t>(n), otherwise);
  return std::vector<compute_t<T>>(p.as<T>(), p.as<T>() + n);
}

/// One row of the arguments of layer_norm_backward, in the compute type.
template <class T>
struct NormRow {
  using C = compute_t<T>;
  const T* dy;
  const T* x;
  i64 n;
  C centre, rstd;

  C cot(i64 i) const { return static_cast<C>(dy[i]); }
  C xhat(i64 i) const { return (static_cast<C>(x[i]) - centre) * rstd; }

  /// dx = rstd (g - mean(g) - xhat mean(g xhat)) with g = dy w; without centring the term mean(g) is absent.
  void input_gradient(T* __restrict dx, const C* __restrict w, bool centred) const {
    const auto terms = [row = *this, w](i64 i) {
      const C g = row.cot(i) * w[i];
      return Two<C>{g, g * row.xhat(i)};
    };
    const auto [sum_g, sum_gx] = two_totals<C>(0, n, terms);
    const C mean_g = centred ? sum_g / static_cast<C>(n) : C{0}, mean_gx = sum_gx / static_cast<C>(n);
    for (i64 i = 0; i < n; ++i) dx[i] = static_cast<T>(rstd * (cot(i) * w[i] - mean_g - xhat(i) * mean_gx));
  }

  /// dw += dy xhat and db += dy, which lie behind each other.
  void add_parameter_gradients(C* __restrict dw) const {
    C* __restrict db = dw + n;
    for (i64 i = 0; i < n; ++i) dw[i] += cot(i) * xhat(i);
    for (i64 i = 0; i < n; ++i) db[i] += cot(i);
  }
};

/// Adds all blocks of n sums to the first, neighbours first.
template <class C>
void add_blocks(std::vector<C>& sums, i64 blocks, i64 n) {
  parallel_for(n, kGrain / (blocks + 1) + 1, [&](i64 begin, i64 end) {
    for (i64 step = 1; step < blocks; step *= 2) {
      for (i64 k = 0; k + step < blocks; k += 2 * step) {
        C* __restrict to = sums.data() + k * n;
        const C* __restrict from = sums.data() + (k + step) * n;
        for (i64 i = begin; i < end; ++i) to[i] += from[i];
      }
    }
  });
}

}  // namespace

void layer_norm(const View& y, const View& mean, const View& rstd, const View& x, const View& weight, const View& bias,
                double eps) {
  const i64 n = x.shape[x.rank - 1];
  by_float("layer_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const std::vector<C> scales = row_or<T>(weight, n, 1), shifts = row_or<T>(bias, n, 0);
    const C* w = scales.data();
    const C* b = shifts.data();
    parallel_for(rstd.numel(), kGrain / (4 * n + 1) + 1, [&](i64 begin, i64 end) {
      for (i64 r = begin; r < end; ++r) {
        const T* in = x.as<T>() + r * n;
        T* __restrict out = y.as<T>() + r * n;
        const auto count = static_cast<C>(n);
        const auto at = [&](i64 i) { return static_cast<C>(in[i]); };
        const C centre = mean.data == nullptr ? C{0} : total<C>(0, n, at) / count;
        const C variance = total<C>(0, n, [&](i64 i) { return (at(i) - centre) * (at(i) - centre); }) / count;
        const C scale = 1 / std::sqrt(variance + static_cast<C>(eps));
        for (i64 i = 0; i < n; ++i) out[i] = static_cast<T>((at(i) - centre) * scale * w[i] + b[i]);
        if (mean.data != nullptr) mean.as<C>()[r] = centre;
        rstd.as<C>()[r] = scale;
      }
    });
  });
}

void layer_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& rstd) {
  const i64 n = x.shape[x.rank - 1], rows = rstd.numel();
  const bool has_parameters = dweight.data != nullptr || dbias.data != nullptr;
  const i64 height = has_parameters ? kRows : 1, blocks = std::max<i64>(1, (rows + height - 1) / height);
  by_float("layer_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const std::vector<C> scales = row_or<T>(weight, n, 1);
    std::vector<C> sums(static_cast<std::size_t>(has_parameters ? blocks * 2 * n : 0));  // of dw and db in each block
    parallel_for(blocks, kGrain / (height * (n + 1)) + 1, [&](i64 begin, i64 end) {
      for (i64 r = begin * height; r < std::min(rows, end * height); ++r) {
        const C centre = mean.data == nullptr ? C{0} : mean.as<C>()[r];
        const NormRow<T> row{dy.as<T>() + r * n, x.as<T>() + r * n, n, centre, rstd.as<C>()[r]};
        if (dx.data != nullptr) row.input_gradient(dx.as<T>() + r * n, scales.data(), mean.data != nullptr);
        if (has_parameters) row.add_parameter_gradients(sums.data() + r / height * 2 * n);
      }
    });
    if (!has_parameters) return;
    add_blocks(sums, blocks, 2 * n);
    const auto store = [&](const View& out, const C* sum) {
      if (out.data != nullptr) std::transform(sum, sum + n, out.as<T>(), [](C v) { return static_cast<T>(v); });
    };
    store(dweight, sums.data());
    store(dbias, sums.data() + n);
  });
}

}  // namespace cadena::cpu
