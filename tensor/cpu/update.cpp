#include "tensor/cpu/update.h"

#include <type_traits>

#include "tensor/base/scalar_update.h"
#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

/// n weights that follow each other; nothing overlaps, so the compiler may vectorize.
template <class F, class T, class... State>
void run_contiguous(i64 n, const F& f, T* __restrict w, const T* __restrict g, State* __restrict... states) {
  for (i64 i = 0; i < n; ++i) f(w[i], g[i], states[i]...);
}

template <class T, class F, std::size_t... K>
void update_full(const View& w, const View& g, [[maybe_unused]] std::span<const View> states, const F& f,
                 std::index_sequence<K...>) {
  const std::array<T*, 2 + sizeof...(K)> base{w.as<T>(), g.as<T>(), states[K].template as<T>()...};
  StridedLoop<2 + sizeof...(K)>({w, g, states[K]...}).run([&](i64 n, const auto& at, const auto& step) {
    if (step[0] == 1 && step[1] == 1 && ((step[2 + K] == 1) && ...)) {
      run_contiguous(n, f, base[0] + at[0], base[1] + at[1], (base[2 + K] + at[2 + K])...);
    } else {
      for (i64 i = 0; i < n; ++i) {
        f(base[0][at[0] + i * step[0]], base[1][at[1] + i * step[1]], base[2 + K][at[2 + K] + i * step[2 + K]]...);
      }
    }
  });
}

template <class T, class F, std::size_t... K>
void update_master(const View& w, const View& g, const View& master, [[maybe_unused]] std::span<const View> states,
                   const F& f, std::index_sequence<K...>) {
  const std::array<float*, sizeof...(K)> base{states[K].template as<float>()...};
  StridedLoop<3 + sizeof...(K)>({w, g, master, states[K]...}).run([&](i64 n, const auto& at, const auto& step) {
    for (i64 i = 0; i < n; ++i) {
      T& rounded = w.as<T>()[at[0] + i * step[0]];
      float& exact = master.as<float>()[at[2] + i * step[2]];
      if (static_cast<float>(T(exact)) != static_cast<float>(rounded)) exact = static_cast<float>(rounded);
      f(exact, g.as<float>()[at[1] + i * step[1]], base[K][at[3 + K] + i * step[3 + K]]...);
      rounded = T(exact);
    }
  });
}

}  // namespace

template <class F>
void update(const View& weights, const View& gradient, const View& master, std::span<const View> states, const F& f) {
  constexpr auto kIndices = std::make_index_sequence<F::kStates>();
  by_float("update", weights.dtype, [&]<class T>() {
    if constexpr (std::is_same_v<T, compute_t<T>>) update_full<T>(weights, gradient, states, f, kIndices);
    else update_master<T>(weights, gradient, master, states, f, kIndices);
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

}  // namespace cadena::cpu
