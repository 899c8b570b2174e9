#include "cuda/kernels/update.h"

#include <type_traits>

#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/layout.h"
#include "tensor/base/scalar_update.h"

namespace cadena::cuda {
namespace {

/// The arrays of one step: view 0 is w, 1 is g, 2 the master (w again where there is none), then the states.
template <class T, int N>
struct Arrays {
  using C = compute_t<T>;
  T* w;
  const C* g;
  C* master;
  C* state[N == 0 ? 1 : N];
};

/// Thread i updates weights i, i + threads, …
template <class T, class F, std::size_t... K>
__device__ __forceinline__ void update_at(const i64 (&at)[3 + sizeof...(K)], const F& f,
                                          const Arrays<T, F::kStates>& arrays, std::index_sequence<K...>) {
  using C = compute_t<T>;
  T& w = arrays.w[at[0]];
  const C g = arrays.g[at[1]];
  if constexpr (std::is_same_v<T, C>) {
    f(w, g, arrays.state[K][at[3 + K]]...);
  } else {
    C& exact = arrays.master[at[2]];
    if (static_cast<C>(T(exact)) != static_cast<C>(w)) exact = static_cast<C>(w);
    f(exact, g, arrays.state[K][at[3 + K]]...);
    w = T(exact);
  }
}

template <class T, class F>
__global__ void update_weights(const __grid_constant__ Layout<3 + F::kStates> layout, bool contiguous, F f,
                               const __grid_constant__ Arrays<T, F::kStates> arrays) {
  const unsigned threads = gridDim.x * blockDim.x;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < layout.numel; i += threads) {
    i64 at[3 + F::kStates];
    if (contiguous) {
      for (i64& offset : at) offset = i;
    } else {
      layout.offsets(i, at);
    }
    update_at(at, f, arrays, std::make_index_sequence<F::kStates>());
  }
}

template <class T, class F, std::size_t... K>
void update_views(const View& w, const View& g, const View& master, [[maybe_unused]] std::span<const View> states,
                  const F& f, std::index_sequence<K...>) {
  using C = compute_t<T>;
  constexpr unsigned kThreads = 256;
  for_each_piece<3 + F::kStates>({w, g, master, states[K]...}, [&](const auto& layout, const auto& at) {
    const Arrays<T, F::kStates> arrays{
        w.as<T>() + at[0], g.as<C>() + at[1], master.as<C>() + at[2], {states[K].template as<C>() + at[3 + K]...}};
    enqueue(update_weights<T, F>, blocks_for(layout.numel, kThreads), kThreads, layout, layout.is_contiguous(), f,
            arrays);
  });
}

}  // namespace

template <class F>
void update(const View& weights, const View& gradient, const View& master, std::span<const View> states, const F& f) {
  by_float("update", weights.dtype, [&]<class T>() {
    const View& exact = std::is_same_v<T, compute_t<T>> ? weights : master;
    update_views<T>(weights, gradient, exact, states, f, std::make_index_sequence<F::kStates>());
  });
}

template void update(const View&, const View&, const View&, std::span<const View>, const scalar::GradientStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::MomentumStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::RmsStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::CenteredRmsStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AdagradStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AdamStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AmsgradStep&);
template void update(const View&, const View&, const View&, std::span<const View>, const scalar::AverageStep&);

}  // namespace cadena::cuda
