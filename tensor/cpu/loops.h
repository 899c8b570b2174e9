#pragma once

#include <array>
#include <utility>

#include "tensor/base/merged.h"
#include "tensor/cpu/parallel.h"

namespace cadena::cpu {

/// Elements below which a loop is not worth a second thread.
inline constexpr i64 kGrain = 32768;

/// A walk over N views of one shape: runs along the innermost of their merged axes, the others visited like an
/// odometer, in row-major order.
template <std::size_t N>
class StridedLoop {
 public:
  using Offsets = std::array<i64, N>;

  /// What is done with a run: f(n, offsets, steps).
  using Body = FunctionRef<void(i64, const Offsets&, const Offsets&)>;

  explicit StridedLoop(const std::array<View, N>& views) : merged_(views) {}

  /// Calls `f(n, offsets, steps)` for runs of n elements: element i of view k is at `offsets[k] + i * steps[k]`.
  /// Runs on all threads; a run never crosses a chunk, so `f` may not rely on the length of runs.
  void run(Body f, i64 grain = kGrain) const {
    if (merged_.numel <= grain) return run_range(0, merged_.numel, f);
    parallel_for(merged_.numel, grain, [&](i64 begin, i64 end) { run_range(begin, end, f); });
  }

  /// The same for elements [begin, end) of the row-major order, on this thread.
  void run_range(i64 begin, i64 end, Body f) const {
    if (begin >= end) return;
    const Dims& shape = merged_.shape;
    const std::array<Dims, N>& strides = merged_.strides;
    const int rank = shape.rank();
    Offsets offsets{};
    Offsets steps{};
    if (rank == 0) return f(i64{1}, offsets, steps);
    for (std::size_t k = 0; k < N; ++k) steps[k] = strides[k][0];
    Dims index = Dims::filled(rank, 0);
    for (i64 axis = 0, rest = begin; axis < rank; ++axis) {
      const int a = static_cast<int>(axis);
      index[a] = rest % shape[a];
      rest /= shape[a];
      for (std::size_t k = 0; k < N; ++k) offsets[k] += index[a] * strides[k][a];
    }
    for (i64 at = begin; at < end;) {
      const i64 n = std::min(end - at, shape[0] - index[0]);
      f(n, offsets, steps);
      at += n;
      index[0] += n;
      for (std::size_t k = 0; k < N; ++k) offsets[k] += n * steps[k];
      for (int a = 0; a + 1 < rank && index[a] == shape[a]; ++a) {  // carry
        index[a] = 0;
        ++index[a + 1];
        for (std::size_t k = 0; k < N; ++k) offsets[k] += strides[k][a + 1] - shape[a] * strides[k][a];
      }
    }
  }

 private:
  Merged<N> merged_;
};

/// Calls `f(begin, end)` on ranges that cover [0, n), on all threads where that pays.
inline void for_ranges(i64 n, FunctionRef<void(i64, i64)> f) { parallel_for(n, kGrain, f); }

/// y[i] = f(x[i]), computed in `compute_t<X>`.
template <class Y, class X, class F>
void map(const View& y, const View& x, F f) {
  Y* py = y.as<Y>();
  const X* px = x.as<X>();
  if (y.is_contiguous() && x.is_contiguous()) {
    return for_ranges(y.numel(), [=](i64 begin, i64 end) {
      for (i64 i = begin; i < end; ++i) py[i] = static_cast<Y>(f(static_cast<compute_t<X>>(px[i])));
    });
  }
  StridedLoop<2>({y, x}).run([&](i64 n, const auto& at, const auto& step) {
    Y* q = py + at[0];
    const X* p = px + at[1];
    for (i64 i = 0; i < n; ++i) q[i * step[0]] = static_cast<Y>(f(static_cast<compute_t<X>>(p[i * step[1]])));
  });
}

/// How one run of a loop reads an operand whose step the compiler knows, so that it can use vectors: elements side by
/// side, or one element for all (a broadcast operand).
template <class T>
struct Adjacent {
  const T* first;
  compute_t<T> operator[](i64 i) const { return static_cast<compute_t<T>>(first[i]); }
};
template <class T>
struct Repeated {
  compute_t<T> value;
  explicit Repeated(const T* only) : value(static_cast<compute_t<T>>(*only)) {}
  compute_t<T> operator[](i64) const { return value; }
};

/// y[i] = f(a[i], b[i]), computed in `compute_t<A>`.
template <class Y, class A, class B, class F>
void map(const View& y, const View& a, const View& b, F f) {
  Y* py = y.as<Y>();
  const A* pa = a.as<A>();
  const B* pb = b.as<B>();
  if (y.is_contiguous() && a.is_contiguous() && b.is_contiguous()) {
    return for_ranges(y.numel(), [=](i64 begin, i64 end) {
      for (i64 i = begin; i < end; ++i) {
        py[i] = static_cast<Y>(f(static_cast<compute_t<A>>(pa[i]), static_cast<compute_t<B>>(pb[i])));
      }
    });
  }
  StridedLoop<3>({y, a, b}).run([&](i64 n, const auto& at, const auto& step) {
    Y* q = py + at[0];
    const A* u = pa + at[1];
    const B* v = pb + at[2];
    const auto loop = [&](auto x, auto z) {
      for (i64 i = 0; i < n; ++i) q[i] = static_cast<Y>(f(x[i], z[i]));
    };
    if (step == std::array<i64, 3>{1, 1, 1}) {
      loop(Adjacent<A>{u}, Adjacent<B>{v});
    } else if (step == std::array<i64, 3>{1, 1, 0}) {
      loop(Adjacent<A>{u}, Repeated<B>(v));
    } else if (step == std::array<i64, 3>{1, 0, 1}) {
      loop(Repeated<A>(u), Adjacent<B>{v});
    } else {
      for (i64 i = 0; i < n; ++i) {
        q[i * step[0]] =
            static_cast<Y>(f(static_cast<compute_t<A>>(u[i * step[1]]), static_cast<compute_t<B>>(v[i * step[2]])));
      }
    }
  });
}

}  // namespace cadena::cpu
