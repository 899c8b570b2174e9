#include "cuda/kernels/layer_norm.h"

#include "cuda/kernels/fold.cuh"

namespace cadena::cuda {
namespace {

/// The arrays of a layer norm over rows of n; `mean`, `weight` and `bias` may be missing.
template <class T>
struct NormRows {
  using C = compute_t<T>;
  i64 rows, n;
  const T* x;
  const T* weight;
  C* mean;
  C* rstd;

  NormRows(const View& in, const View& w, const View& m, const View& r)
      : rows(r.numel()), n(in.shape[in.rank - 1]), x(in.as<T>()), weight(w.as<T>()), mean(m.as<C>()), rstd(r.as<C>()) {}

  __device__ __forceinline__ C scale_of(i64 i) const { return weight == nullptr ? C{1} : static_cast<C>(weight[i]); }
  __device__ __forceinline__ C centre_of(i64 row) const { return mean == nullptr ? C{0} : mean[row]; }
  __device__ __forceinline__ C distance(C v, i64 row) const { return (v - centre_of(row)) * rstd[row]; }

  /// True if rows of these arrays can be moved in packs.
  template <class... P>
  bool is_packed(const P*... more) const {
    return n % kRowPack<T> == 0 && is_aligned<kRowPack<T>>(x) && (is_aligned<kRowPack<T>>(more) && ...);
  }
};

/// Each team owns a row: one pass for the mean, one for the variance around it, one that writes.
template <class T>
__global__ void layer_norm_rows(Teams teams, bool packed, const __grid_constant__ NormRows<T> norm, T* y, const T* bias,
                                double eps) {
  using C = compute_t<T>;
  const bool active = teams.row() < norm.rows;
  const i64 row = active ? teams.row() : 0, n = active ? norm.n : 0;
  const C count = static_cast<C>(norm.n);
  const Row<const T> x{norm.x + row * n, 1};
  const auto value = [](i64, C v) { return v; };
  const C centre = norm.mean == nullptr ? C{0} : team_sum<C, T>(teams, n, packed, value, x) / count;
  const auto square = [&](i64, C v) { return (v - centre) * (v - centre); };
  const C scale = 1 / std::sqrt(team_sum<C, T>(teams, n, packed, square, x) / count + static_cast<C>(eps));
  const auto normalized = [&](i64 i, C v) {
    return (v - centre) * scale * norm.scale_of(i) + (bias == nullptr ? C{0} : static_cast<C>(bias[i]));
  };
  map_row(teams, n, packed, Row<T>{y + row * n, 1}, normalized, x);
  if (!active || teams.rank() != 0) return;
  if (norm.mean != nullptr) norm.mean[row] = centre;
  norm.rstd[row] = scale;
}

/// Each team owns a row: dx = rstd (g - mean(g) - x̂ mean(g x̂)) with g = dy weight and x̂ = (x - mean) rstd.
template <class T>
__global__ void layer_norm_dx_rows(Teams teams, bool packed, const __grid_constant__ NormRows<T> norm, T* dx,
                                   const T* dy) {
  using C = compute_t<T>;
  const bool active = teams.row() < norm.rows;
  const i64 row = active ? teams.row() : 0, n = active ? norm.n : 0;
  const C count = static_cast<C>(norm.n);
  const Row<const T> x{norm.x + row * n, 1}, cot{dy + row * n, 1};
  const auto g = [&](i64 i, C d) { return d * norm.scale_of(i); };
  const auto gx = [&](i64 i, C d, C v) { return g(i, d) * norm.distance(v, row); };
  const C mean_g = norm.mean == nullptr ? C{0} : team_sum<C, T>(teams, n, packed, g, cot) / count;
  const C mean_gx = team_sum<C, T>(teams, n, packed, gx, cot, x) / count;
  const auto slope = [&](i64 i, C d, C v) {
    return norm.rstd[row] * (g(i, d) - mean_g - norm.distance(v, row) * mean_gx);
  };
  map_row(teams, n, packed, Row<T>{dx + row * n, 1}, slope, cot, x);
}

/// Column sums of dy x̂ and of dy: the cotangents of weight and bias.
template <class T>
struct ParameterSums {
  using C = compute_t<T>;
  struct Acc {
    C weight;
    C bias;
  };
  NormRows<T> norm;
  T* dweight;
  T* dbias;
  __device__ Acc identity() const { return {0, 0}; }
  __device__ Acc step(const Acc& total, C dy, const Place& place) const {
    const C v = static_cast<C>(norm.x[place.at]);
    return {total.weight + dy * norm.distance(v, place.position), total.bias + dy};
  }
  __device__ Acc combine(const Acc& a, const Acc& b) const { return {a.weight + b.weight, a.bias + b.bias}; }
  __device__ void store(i64 column, const Acc& total) const {
    if (dweight != nullptr) dweight[column] = static_cast<T>(total.weight);
    if (dbias != nullptr) dbias[column] = static_cast<T>(total.bias);
  }
};

}  // namespace

void layer_norm(const View& y, const View& mean, const View& rstd, const View& x, const View& weight, const View& bias,
                double eps) {
  by_float("layer_norm", x.dtype, [&]<class T>() {
    const NormRows<T> norm(x, weight, mean, rstd);
    if (norm.rows == 0) return;
    const Teams teams(norm.rows, norm.n, false);
    enqueue(layer_norm_rows<T>, teams.blocks(norm.rows), teams.threads(), teams, norm.is_packed(y.as<T>()), norm,
            y.as<T>(), bias.as<T>(), eps);
  });
}

void layer_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& rstd) {
  by_float("layer_norm", x.dtype, [&]<class T>() {
    const NormRows<T> norm(x, weight, mean, rstd);
    if (dx.data != nullptr && x.numel() > 0) {
      const Teams teams(norm.rows, norm.n, false);
      enqueue(layer_norm_dx_rows<T>, teams.blocks(norm.rows), teams.threads(), teams,
              norm.is_packed(dx.as<T>(), dy.as<T>()), norm, dx.as<T>(), dy.as<T>());
    }
    if (dweight.data == nullptr && dbias.data == nullptr) return;
    const i64 shape[] = {norm.n, norm.rows}, strides[] = {1, norm.n};
    fold<T>(View{dy.data, dy.dtype, 2, shape, strides}, 1, ParameterSums<T>{norm, dweight.as<T>(), dbias.as<T>()});
  });
}

}  // namespace cadena::cuda
