#pragma once

#include <array>
#include <utility>

#include "tensor/base/function_ref.h"
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

  explicit StridedLoop(const std::array<View, N>& views) : merged_(views) {}

  /// Calls `f(n, offsets, steps)` for runs of n elements: element i of view k is at `offsets[k] + i * steps[k]`.
  /// Runs on all threads; a run never crosses a chunk, so `f` may not rely on the length of runs.
  template <class F>
  void run(F&& f, i64 grain = kGrain) const {
    const auto body = for_each_run(f);
    const Rows rows = body;
    parallel_for(merged_.numel, grain, [this, rows](i64 begin, i64 end) { walk(begin, end, rows); });
  }

  /// The same for elements [begin, end) of the row-major order, on this thread.
  template <class F>
  void run_range(i64 begin, i64 end, F&& f) const {
    walk(begin, end, for_each_run(f));
  }

 private:
  /// f(rows, n, offsets, across, steps): runs of n elements, each `across` further than the one before.
  using Rows = FunctionRef<void(i64, i64, const Offsets&, const Offsets&, const Offsets&)>;

  /// Several runs in one call, with f inlined (flatten): short ones do not pay for a call each, and yet the odometer is
  /// compiled once for all f.
  template <class F>
  static auto for_each_run(F& f) {
    return [&f](i64 rows, i64 n, const Offsets& first, const Offsets& across, const Offsets& steps)
        __attribute__((flatten)) {
      Offsets offsets = first;
      for (i64 row = 0; row < rows; ++row) {
        f(n, std::as_const(offsets), steps);
        for (std::size_t k = 0; k < N; ++k) offsets[k] += across[k];
      }
    };
  }

  void walk(i64 begin, i64 end, Rows f) const {
    if (begin >= end) return;
    const Dims& shape = merged_.shape;
    const std::array<Dims, N>& strides = merged_.strides;
    const int rank = shape.rank();
    Offsets offsets{}, steps{}, across{};
    if (rank == 0) return f(1, 1, offsets, across, steps);
    for (std::size_t k = 0; k < N; ++k) {
      steps[k] = strides[k][0];
      if (rank > 1) across[k] = strides[k][1];
    }
    Dims index = Dims::filled(rank, 0);
    const auto advance = [&](int axis, i64 count) {
      index[axis] += count;
      for (std::size_t k = 0; k < N; ++k) offsets[k] += count * strides[k][axis];
    };
    for (i64 axis = 0, rest = begin; axis < rank; ++axis) {
      const int a = static_cast<int>(axis);
      advance(a, rest % shape[a]);
      rest /= shape[a];
    }
    for (i64 at = begin; at < end;) {
      const bool is_whole = rank > 1 && index[0] == 0 && end - at >= shape[0];  // else the rest of a run, or its start
      const i64 n = std::min(end - at, shape[0] - index[0]);
      const i64 rows = is_whole ? std::min((end - at) / n, shape[1] - index[1]) : 1;
      f(rows, n, offsets, across, steps);
      at += rows * n;
      int a = is_whole ? 1 : 0;
      advance(a, is_whole ? rows : n);
      for (; a + 1 < rank && index[a] == shape[a]; ++a) {  // carry
        advance(a, -shape[a]);
        advance(a + 1, 1);
      }
    }
  }

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
