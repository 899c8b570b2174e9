#include "cuda/kernels/batch_norm.h"

#include "cuda/kernels/mean.cuh"

namespace cadena::cuda {
namespace {

/// x (N, C, positions) as (C, N, positions): reducing the last two axes gives one result a channel.
struct ByChannel {
  i64 shape[3];
  i64 strides[3];
  View view;

  explicit ByChannel(const View& x)
      : shape{x.shape[1], x.shape[0], x.shape[2]},
        strides{x.shape[2], x.shape[1] * x.shape[2], 1},
        view{x.data, x.dtype, 3, shape, strides} {}
  ByChannel(const ByChannel&) = delete;
  ByChannel& operator=(const ByChannel&) = delete;

  i64 count() const { return shape[1] * shape[2]; }
};

template <class C>
__device__ __forceinline__ C reciprocal_deviation(C variance, C eps) {
  return 1 / std::sqrt(variance + eps);
}

/// The variance, and rstd = 1 / sqrt(variance + eps).
template <class C>
struct Spread : SquaredDistance<C> {
  C* variance;
  C* rstd;
  C n, eps;
  __device__ void store(i64 c, C total) const {
    variance[c] = total / n;
    rstd[c] = reciprocal_deviation(variance[c], eps);
  }
};

/// The same rstd from a variance that is there; thread i takes channels i, i + threads, …
template <class C>
__global__ void reciprocal_deviations(i64 channels, const C* variance, C eps, C* rstd) {
  const i64 threads = i64{gridDim.x} * blockDim.x;
  for (i64 c = i64{blockIdx.x} * blockDim.x + threadIdx.x; c < channels; c += threads) {
    rstd[c] = reciprocal_deviation(variance[c], eps);
  }
}

/// What a channel's elements are mapped by.
template <class T>
struct Channels {
  using C = compute_t<T>;
  i64 planes, channels, positions;
  const C* mean;
  const C* rstd;
  const T* weight;
  bool packed;

  Channels(const View& x, const View& m, const C* r, const View& w)
      : planes(x.shape[0] * x.shape[1]),
        channels(x.shape[1]),
        positions(x.shape[2]),
        mean(m.as<C>()),
        rstd(r),
        weight(w.as<T>()),
        packed(positions % kRowPack<T> == 0) {}

  __device__ __forceinline__ C scale_of(i64 c) const {
    return rstd[c] * (weight == nullptr ? C{1} : static_cast<C>(weight[c]));
  }
};

/// Each team owns the positions of one channel of one sample: y = weight (x - mean) / sqrt(variance + eps) + bias.
template <class T>
__global__ void batch_norm_planes(Teams teams, const __grid_constant__ Channels<T> of, T* y, const T* x,
                                  const T* bias) {
  using C = compute_t<T>;
  const i64 plane = teams.row(), first = plane * of.positions;
  if (plane >= of.planes) return;
  const i64 c = plane % of.channels;
  const C centre = of.mean[c], scale = of.scale_of(c), shift = bias == nullptr ? C{0} : static_cast<C>(bias[c]);
  map_row(
      teams, of.positions, of.packed, Row<T>{y + first, 1}, [&](i64, C v) { return (v - centre) * scale + shift; },
      Row<const T>{x + first, 1});
}

/// The sums over a channel of dy x̂ and of dy.
template <class C>
struct Sums {
  C dy_x;
  C dy;
};

template <class T>
struct ChannelSums {
  using C = compute_t<T>;
  using Acc = Sums<C>;
  const T* x;
  const C* mean;
  const C* rstd;
  Sums<C>* sums;
  T* dweight;
  T* dbias;
  __device__ Acc identity() const { return {0, 0}; }
  __device__ Acc step(const Acc& total, C dy, const Place& place) const {
    const C v = static_cast<C>(x[place.at]);
    return {total.dy_x + dy * ((v - mean[place.output]) * rstd[place.output]), total.dy + dy};
  }
  __device__ Acc combine(const Acc& a, const Acc& b) const { return {a.dy_x + b.dy_x, a.dy + b.dy}; }
  __device__ void store(i64 c, const Acc& total) const {
    sums[c] = total;
    if (dweight != nullptr) dweight[c] = static_cast<T>(total.dy_x);
    if (dbias != nullptr) dbias[c] = static_cast<T>(total.dy);
  }
};

/// Each team owns the positions of one channel of one sample: dx = weight rstd (dy - mean(dy) - x̂ mean(dy x̂)), the
/// means over the `count` elements of the channel.
template <class T>
__global__ void batch_norm_dx_planes(Teams teams, const __grid_constant__ Channels<T> of, T* dx, const T* dy,
                                     const T* x, const Sums<compute_t<T>>* sums, compute_t<T> count) {
  using C = compute_t<T>;
  const i64 plane = teams.row(), first = plane * of.positions;
  if (plane >= of.planes) return;
  const i64 c = plane % of.channels;
  const C centre = of.mean[c], rstd = of.rstd[c], scale = of.scale_of(c);
  const C mean_g = sums[c].dy / count, mean_gx = sums[c].dy_x / count;
  map_row(
      teams, of.positions, of.packed, Row<T>{dx + first, 1},
      [&](i64, C d, C v) { return scale * (d - mean_g - (v - centre) * rstd * mean_gx); }, Row<const T>{dy + first, 1},
      Row<const T>{x + first, 1});
}

template <class T, class... P>
void check_packed(Channels<T>& of, const P*... data) {
  of.packed = of.packed && (is_aligned<kRowPack<T>>(data) && ...);
}

}  // namespace

void batch_norm(const View& y, const View& mean, const View& variance, const View& x, const View& weight,
                const View& bias, double eps) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    const ByChannel channels(x);
    const C n = static_cast<C>(channels.count());
    fold<T>(channels.view, 2, Mean<C>{mean.as<C>(), n});
    const Scratch<C> rstd(x.shape[1]);
    fold<T>(channels.view, 2, Spread<C>{{mean.as<C>()}, variance.as<C>(), rstd.data(), n, static_cast<C>(eps)});
    Channels<T> of(x, mean, rstd.data(), weight);
    check_packed(of, y.as<T>(), x.as<T>());
    const Teams teams(of.planes, of.positions, false);
    enqueue(batch_norm_planes<T>, teams.blocks(of.planes), teams.threads(), teams, of, y.as<T>(), x.as<T>(),
            bias.as<T>());
  });
}

void batch_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& variance, double eps) {
  by_float("batch_norm", x.dtype, [&]<class T>() {
    using C = compute_t<T>;
    constexpr unsigned kThreads = 256;
    const i64 channels = x.shape[1];
    const ByChannel cotangents(dy);
    const Scratch<C> rstd(channels);
    const Scratch<Sums<C>> sums(channels);
    enqueue(reciprocal_deviations<C>, blocks_for(channels, kThreads), kThreads, channels, variance.as<C>(),
            static_cast<C>(eps), rstd.data());
    fold<T>(cotangents.view, 2,
            ChannelSums<T>{x.as<T>(), mean.as<C>(), rstd.data(), sums.data(), dweight.as<T>(), dbias.as<T>()});
    if (dx.data == nullptr) return;
    Channels<T> of(x, mean, rstd.data(), weight);
    check_packed(of, dx.as<T>(), dy.as<T>(), x.as<T>());
    const Teams teams(of.planes, of.positions, false);
    enqueue(batch_norm_dx_planes<T>, teams.blocks(of.planes), teams.threads(), teams, of, dx.as<T>(), dy.as<T>(),
            x.as<T>(), sums.data(), static_cast<C>(cotangents.count()));
  });
}

}  // namespace cadena::cuda
