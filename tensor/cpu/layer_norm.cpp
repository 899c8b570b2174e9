#include "tensor/cpu/layer_norm.h"

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
  const i64 n = x.shape[x.rank - 1], rows = rstd.numel(), blocks = (rows + kRows - 1) / kRows;
  by_float("layer_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const std::vector<C> scales = row_or<T>(weight, n, 1);
    const C* w = scales.data();
    std::vector<C> columns(static_cast<std::size_t>(blocks * 2 * n));  // for each block, of weight and of bias
    parallel_for(blocks, kGrain / (kRows * (n + 1)) + 1, [&](i64 begin, i64 end) {
      for (i64 r = begin * kRows; r < std::min(rows, end * kRows); ++r) {
        const C centre = mean.data == nullptr ? C{0} : mean.as<C>()[r], scale = rstd.as<C>()[r];
        const T* in = x.as<T>() + r * n;
        const T* cot = dy.as<T>() + r * n;
        const auto xhat = [&](i64 i) { return (static_cast<C>(in[i]) - centre) * scale; };
        const auto g = [&](i64 i) { return static_cast<C>(cot[i]) * w[i]; };
        if (dx.data != nullptr) {
          const auto count = static_cast<C>(n);
          const C mean_g = mean.data == nullptr ? C{0} : total<C>(0, n, g) / count;
          const C mean_gx = total<C>(0, n, [&](i64 i) { return g(i) * xhat(i); }) / count;
          T* __restrict out = dx.as<T>() + r * n;
          for (i64 i = 0; i < n; ++i) out[i] = static_cast<T>(scale * (g(i) - mean_g - xhat(i) * mean_gx));
        }
        C* __restrict dw = columns.data() + r / kRows * 2 * n;
        C* __restrict db = dw + n;
        if (dweight.data != nullptr) {
          for (i64 i = 0; i < n; ++i) dw[i] += static_cast<C>(cot[i]) * xhat(i);
        }
        if (dbias.data != nullptr) {
          for (i64 i = 0; i < n; ++i) db[i] += static_cast<C>(cot[i]);
        }
      }
    });
    const auto add_up = [&](const View& out, i64 first) {
      if (out.data == nullptr) return;
      for (i64 i = 0; i < n; ++i) {
        const auto block = [&](i64 k) { return columns[static_cast<std::size_t>(k * 2 * n + first + i)]; };
        out.as<T>()[i] = static_cast<T>(total<C>(0, blocks, block));
      }
    };
    add_up(dweight, 0);
    add_up(dbias, n);
  });
}

}  // namespace cadena::cpu
