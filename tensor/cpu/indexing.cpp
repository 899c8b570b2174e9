#include "tensor/cpu/indexing.h"

#include <algorithm>
#include <cstring>

#include "tensor/base/scalar.h"
#include "tensor/cpu/loops.h"

namespace cadena::cpu {
namespace {

i64 wrap(i64 index, i64 extent) { return index < 0 ? index + extent : index; }

/// Runs `f(o, begin, end)` for parts of every row of `inner` elements, so that each (o, i) belongs to one thread.
/// `work` is the number of elements along the indexed axis.
template <class F>
void for_each_column(i64 outer, i64 inner, i64 work, F f) {
  if (inner == 0) return;
  parallel_for(outer * inner, kGrain / std::max<i64>(work, 1) + 1, [&](i64 begin, i64 end) {
    for (i64 at = begin; at < end;) {
      const i64 o = at / inner;
      const i64 last = std::min(end, (o + 1) * inner);
      f(o, at - o * inner, last - o * inner);
      at = last;
    }
  });
}

/// One row of a (outer, n, inner) view.
template <class T>
struct Line {
  T* data;
  i64 step;
  Line(const View& x, i64 o, i64 k) : data(x.as<T>() + o * x.strides[0] + k * x.strides[1]), step(x.strides[2]) {}
  T& operator[](i64 i) const { return data[i * step]; }
};

/// Calls `f(element of y at the index, element of x)` for the elements of x in order along the indexed axis.
template <class T, class F>
void scatter_with(const View& y, const View& index, const View& x, F f) {
  const i64 n = y.shape[1];
  for_each_column(x.shape[0], x.shape[2], x.shape[1], [&](i64 o, i64 begin, i64 end) {
    for (i64 k = 0; k < x.shape[1]; ++k) {
      const Line<const i64> at(index, o, k);
      const Line<const T> from(x, o, k);
      for (i64 i = begin; i < end; ++i) f(Line<T>(y, o, wrap(at[i], n))[i], from[i]);
    }
  });
}

template <class T>
void accumulate(T& sum, T term) {
  sum = static_cast<T>(scalar::Add{}(static_cast<compute_t<T>>(sum), static_cast<compute_t<T>>(term)));
}

}  // namespace

std::optional<i64> find_outside(const View& index, i64 lowest, i64 highest) {
  std::optional<i64> found;
  const StridedLoop<1> loop({index});
  auto look = [&](i64 n, const auto& at, const auto& step) {
    const i64* p = index.as<i64>() + at[0];
    for (i64 i = 0; i < n && !found; ++i) {
      if (p[i * step[0]] < lowest || p[i * step[0]] >= highest) found = p[i * step[0]];
    }
  };
  loop.run_range(0, index.numel(), look);
  return found;
}

void wrap_index(const View& y, const View& index, i64 extent) {
  map<i64, i64>(y, index, [extent](i64 i) { return wrap(i, extent); });
}

void index_select(const View& y, const View& x, const View& index) {
  const i64 count = y.shape[1];
  const i64 inner = y.shape[2];
  if (y.numel() == 0) return;
  by_dtype("index_select", x.dtype, [&]<class T>() {
    parallel_for(y.shape[0] * count, kGrain / inner + 1, [&](i64 begin, i64 end) {
      for (i64 row = begin; row < end; ++row) {
        const i64 k = row % count;
        const Line<T> to(y, row / count, k);
        const Line<const T> from(x, row / count, wrap(index.as<i64>()[k * index.strides[0]], x.shape[1]));
        if (to.step == 1 && from.step == 1) {
          std::memcpy(to.data, from.data, static_cast<std::size_t>(inner) * sizeof(T));
        } else {
          for (i64 i = 0; i < inner; ++i) to[i] = from[i];
        }
      }
    });
  });
}

void index_add(const View& y, const View& index, const View& x) {
  by_number("index_add", y.dtype, [&]<class T>() {
    for_each_column(x.shape[0], x.shape[2], x.shape[1], [&](i64 o, i64 begin, i64 end) {
      for (i64 k = 0; k < x.shape[1]; ++k) {
        const Line<T> to(y, o, wrap(index.as<i64>()[k * index.strides[0]], y.shape[1]));
        const Line<const T> from(x, o, k);
        for (i64 i = begin; i < end; ++i) accumulate(to[i], from[i]);
      }
    });
  });
}

void gather(const View& y, const View& x, const View& index) {
  const i64 n = x.shape[1];
  by_dtype("gather", x.dtype, [&]<class T>() {
    for_each_column(y.shape[0], y.shape[2], y.shape[1], [&](i64 o, i64 begin, i64 end) {
      for (i64 k = 0; k < y.shape[1]; ++k) {
        const Line<T> to(y, o, k);
        const Line<const i64> at(index, o, k);
        for (i64 i = begin; i < end; ++i) to[i] = Line<const T>(x, o, wrap(at[i], n))[i];
      }
    });
  });
}

void scatter(const View& y, const View& index, const View& x) {
  by_dtype("scatter", y.dtype, [&]<class T>() { scatter_with<T>(y, index, x, [](T& to, T from) { to = from; }); });
}

void scatter_add(const View& y, const View& index, const View& x) {
  by_number("scatter_add", y.dtype, [&]<class T>() { scatter_with<T>(y, index, x, accumulate<T>); });
}

i64 count_nonzero(const View& x) {
  i64 count = 0;
  by_dtype("nonzero", x.dtype, [&]<class T>() {
    auto look = [&](i64 n, const auto& at, const auto& step) {
      const T* p = x.as<T>() + at[0];
      for (i64 i = 0; i < n; ++i) count += static_cast<compute_t<T>>(p[i * step[0]]) != compute_t<T>{};
    };
    StridedLoop<1>({x}).run_range(0, x.numel(), look);
  });
  return count;
}

void nonzero(const View& y, const View& x) {
  i64* out = y.as<i64>();
  i64 position = 0;
  by_dtype("nonzero", x.dtype, [&]<class T>() {
    auto look = [&](i64 n, const auto& at, const auto& step) {
      const T* p = x.as<T>() + at[0];
      for (i64 i = 0; i < n; ++i, ++position) {
        if (static_cast<compute_t<T>>(p[i * step[0]]) == compute_t<T>{}) continue;
        for (i64 axis = x.rank - 1, rest = position; axis >= 0; --axis) {
          out[axis] = rest % x.shape[axis];
          rest /= x.shape[axis];
        }
        out += x.rank;
      }
    };
    StridedLoop<1>({x}).run_range(0, x.numel(), look);
  });
}

void masked_fill(const View& y, const View& x, const View& mask, const View& value) {
  by_dtype("masked_fill", y.dtype, [&]<class T>() {
    const T filler = *value.as<T>();
    StridedLoop<3>({y, x, mask}).run([&](i64 n, const auto& at, const auto& step) {
      for (i64 i = 0; i < n; ++i) {
        const bool masked = mask.as<bool>()[at[2] + i * step[2]];
        y.as<T>()[at[0] + i * step[0]] = masked ? filler : x.as<T>()[at[1] + i * step[1]];
      }
    });
  });
}

}  // namespace cadena::cpu
