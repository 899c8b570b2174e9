#pragma once

#include "tensor/cpu/loops.h"

namespace cadena::cpu {

/// A strided row of n elements, read and written in the compute type of T.
template <class T>
class Row {
 public:
  using C = compute_t<T>;
  Row(T* data, i64 step) : data_(data), step_(step) {}
  C operator[](i64 i) const { return static_cast<C>(data_[i * step_]); }
  void set(i64 i, C value) const { data_[i * step_] = static_cast<T>(value); }

 private:
  T* data_;
  i64 step_;
};

/// Offset of row `index` along the last axis: the index of all other axes in row-major order.
inline i64 row_offset(const View& x, i64 index) {
  i64 offset = 0;
  for (int axis = x.rank - 2; axis >= 0; --axis) {
    offset += index % x.shape[axis] * x.strides[axis];
    index /= x.shape[axis];
  }
  return offset;
}

/// f(begin) + … + f(end - 1), halves first: 16 lanes take the terms of a leaf in turn, so that it runs in vectors.
template <class C, class F>
C total(i64 begin, i64 end, const F& f) {
  constexpr i64 kLanes = 16, kLeaf = 16 * kLanes;
  if (end - begin > kLeaf) {
    const i64 middle = begin + (end - begin + kLeaf) / (2 * kLeaf) * kLeaf;
    return total<C>(begin, middle, f) + total<C>(middle, end, f);
  }
  C lane[kLanes] = {};
  i64 i = begin;
  for (; i + kLanes <= end; i += kLanes) {
    for (i64 k = 0; k < kLanes; ++k) lane[k] += f(i + k);
  }
  for (i64 k = 0; i < end; ++i, ++k) lane[k] += f(i);
  for (i64 half = kLanes / 2; half > 0; half /= 2) {
    for (i64 k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  return lane[0];
}

/// Calls `f(row of y, row of x, n)` for every row along the last axis of two views of one shape, on all threads.
template <class T, class F>
void for_each_row(const View& y, const View& x, F f) {
  const i64 n = x.shape[x.rank - 1];
  if (x.numel() == 0) return;
  parallel_for(x.numel() / n, kGrain / n + 1, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      f(Row<T>(y.as<T>() + row_offset(y, i), y.strides[y.rank - 1]),
        Row<T>(x.as<T>() + row_offset(x, i), x.strides[x.rank - 1]), n);
    }
  });
}

}  // namespace cadena::cpu
