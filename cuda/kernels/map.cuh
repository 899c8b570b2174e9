#pragma once

#include <algorithm>
#include <utility>

#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/layout.h"
#include "cuda/runtime/vector_load.h"

/// Elementwise kernels: y[i] = f(x0[i], x1[i], …), each value read in its compute type and rounded once on writing.
namespace cadena::cuda {

inline constexpr unsigned kMapThreads = 256;

/// Elements that one thread moves at once where everything is contiguous: as many of the widest type as 16 bytes hold.
template <class... T>
inline constexpr unsigned kPack = 16 / std::max({sizeof(T)...});

/// Any strides: thread i computes elements i, i + threads, …
template <class Y, class... X, class F, std::size_t... K>
__device__ __forceinline__ void map_at(const Layout<1 + sizeof...(X)>& layout, unsigned i, F f, Y* y, const X*... x,
                                       std::index_sequence<K...>) {
  i64 at[1 + sizeof...(X)];
  layout.offsets(i, at);
  y[at[0]] = static_cast<Y>(f(static_cast<compute_t<X>>(x[at[1 + K]])...));
}

template <class Y, class F, class... X>
__global__ void map_strided(Layout<1 + sizeof...(X)> layout, F f, Y* y, const X*... x) {
  const unsigned threads = gridDim.x * blockDim.x;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < layout.numel; i += threads) {
    map_at<Y, X...>(layout, i, f, y, x..., std::index_sequence_for<X...>());
  }
}

/// Contiguous and aligned: thread i computes packs i, i + threads, … and the first threads the elements that are left.
template <class Y, class F, class... X>
__global__ void map_packed(unsigned n, F f, Y* y, const X*... x) {
  constexpr unsigned kWidth = kPack<Y, X...>;
  const unsigned threads = gridDim.x * blockDim.x;
  const unsigned thread = blockIdx.x * blockDim.x + threadIdx.x;
  for (unsigned i = thread; i < n / kWidth; i += threads) {
    const auto compute = [&](const Vector<X, kWidth>&... in) {
      Vector<Y, kWidth> out;
#pragma unroll
      for (unsigned k = 0; k < kWidth; ++k) out.value[k] = static_cast<Y>(f(static_cast<compute_t<X>>(in.value[k])...));
      store_vector<kWidth>(y + i * kWidth, out);
    };
    compute(load_vector<kWidth>(x + i * kWidth)...);
  }
  const unsigned rest = n - n % kWidth + thread;
  if (rest < n) y[rest] = static_cast<Y>(f(static_cast<compute_t<X>>(x[rest])...));
}

template <class Y, class... X, class F, class... V, std::size_t... K>
void map_views(const View& y, F f, std::index_sequence<K...>, const V&... x) {
  for_each_piece<1 + sizeof...(X)>({y, x...}, [&](const auto& layout, const auto& at) {
    Y* py = y.template as<Y>() + at[0];
    const unsigned n = layout.numel;
    constexpr unsigned kWidth = kPack<Y, X...>;
    if (layout.is_contiguous() && is_aligned<kWidth>(py) &&
        (is_aligned<kWidth>(x.template as<X>() + at[1 + K]) && ...)) {
      enqueue(map_packed<Y, F, X...>, blocks_for((n + kWidth - 1) / kWidth, kMapThreads), kMapThreads, n, f, py,
              x.template as<X>() + at[1 + K]...);
    } else {
      enqueue(map_strided<Y, F, X...>, blocks_for(n, kMapThreads), kMapThreads, layout, f, py,
              x.template as<X>() + at[1 + K]...);
    }
  });
}

/// y[i] = f().
template <class Y, class F>
void map(const View& y, F f) {
  map_views<Y>(y, f, std::index_sequence_for<>());
}

/// y[i] = f(x[i]); views of one shape.
template <class Y, class X, class F>
void map(const View& y, const View& x, F f) {
  map_views<Y, X>(y, f, std::index_sequence_for<X>(), x);
}

/// y[i] = f(a[i], b[i]).
template <class Y, class A, class B, class F>
void map(const View& y, const View& a, const View& b, F f) {
  map_views<Y, A, B>(y, f, std::index_sequence_for<A, B>(), a, b);
}

/// y[i] = f(a[i], b[i], c[i]).
template <class Y, class A, class B, class C, class F>
void map(const View& y, const View& a, const View& b, const View& c, F f) {
  map_views<Y, A, B, C>(y, f, std::index_sequence_for<A, B, C>(), a, b, c);
}

}  // namespace cadena::cuda
