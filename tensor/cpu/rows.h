#pragma once

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <type_traits>

#include "tensor/cpu/copy_run.h"
#include "tensor/cpu/lanes.h"
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

/// Offset of the element at row-major position `index` of the first `axes` axes, and at 0 along the others.
inline i64 leading_offset(const View& x, int axes, i64 index) {
  i64 offset = 0;
  for (int axis = axes - 1; axis >= 0; --axis) {
    offset += index % x.shape[axis] * x.strides[axis];
    index /= x.shape[axis];
  }
  return offset;
}

/// Offset of row `index` along the last axis, of all rows in row-major order.
inline i64 row_offset(const View& x, i64 index) { return leading_offset(x, x.rank - 1, index); }

/// Offset of matrix `index` over the last two axes.
inline i64 matrix_offset(const View& x, i64 index) { return leading_offset(x, x.rank - 2, index); }

/// The rows of a view along its last axis, as elements of the compute type side by side: where they lie if they lie so,
/// else in a buffer. Where memory runs across the rows, several are moved at once, so that of each line of memory all
/// is used. Rows of `const T` are read, those of T written. Each thread needs its own.
template <class T>
class PackedRows {
 public:
  using Element = std::remove_const_t<T>;
  using C = std::conditional_t<std::is_const_v<T>, const compute_t<Element>, compute_t<Element>>;

  explicit PackedRows(const View& x)
      : x_(x), n_(x.shape[x.rank - 1]), step_(x.strides[x.rank - 1]), in_place_(std::is_same_v<T, C> && step_ == 1) {}

  /// How many rows are best moved at once.
  i64 batch() const {
    const int next = x_.rank - 2;
    const bool runs_across = next >= 0 && std::abs(x_.strides[next]) < std::abs(step_);
    return in_place_ || !runs_across ? 1 : std::clamp<i64>(kBatchElements / (n_ + 1), 1, kBatch);
  }

  /// Turns to rows [first, first + count), at most kBatch: reads them, if they are there to be read.
  void open(i64 first, i64 count) {
    first_ = first;
    count_ = count;
    if (in_place_) return;
    if (buffer_ == nullptr) buffer_ = std::make_unique_for_overwrite<Wide[]>(static_cast<std::size_t>(count * pitch()));
    if constexpr (std::is_const_v<T>) {
      if (count == 1) return copy_run(buffer_.get(), x_.as<T>() + row_offset(x_, first), n_, step_);
      move([](T& there, Wide& here) { here = static_cast<Wide>(there); });
    }
  }

  /// The k-th of these rows.
  C* row(i64 k) const {
    if constexpr (std::is_same_v<T, C>) {
      if (in_place_) return x_.as<T>() + row_offset(x_, first_ + k);
    }
    return buffer_.get() + k * pitch();
  }

  /// Brings rows that were to be written to where they belong.
  void close() {
    if constexpr (!std::is_const_v<T>) {
      if (in_place_) return;
      if (count_ > 1) return move([](T& there, Wide& here) { there = static_cast<T>(here); });
      T* to = x_.as<T>() + row_offset(x_, first_);
      for (i64 i = 0; i < n_; ++i) to[i * step_] = static_cast<T>(buffer_[static_cast<std::size_t>(i)]);
    }
  }

 private:
  using Wide = compute_t<Element>;
  static constexpr i64 kBatch = 16, kBatchElements = 1 << 16;

  i64 pitch() const { return n_ + kBatch; }  // so that rows of 2^k elements do not compete for one place in the cache

  template <class F>
  void move(F f) {
    T* at[kBatch];
    for (i64 k = 0; k < count_; ++k) at[k] = x_.as<T>() + row_offset(x_, first_ + k);
    for (i64 i = 0; i < n_; ++i) {
      for (i64 k = 0; k < count_; ++k) f(at[k][i * step_], buffer_[static_cast<std::size_t>(k * pitch() + i)]);
    }
  }

  const View& x_;
  i64 n_, step_;
  bool in_place_;
  i64 first_ = 0, count_ = 0;
  std::unique_ptr<Wide[]> buffer_;
};

/// Calls `f(r, row r of each…)` for rows [begin, end).
template <class F, class... T>
void visit_rows(i64 begin, i64 end, F f, PackedRows<T>... rows) {
  const i64 batch = std::max({rows.batch()...});
  for (i64 first = begin; first < end; first += batch) {
    const i64 count = std::min(batch, end - first);
    (rows.open(first, count), ...);
    for (i64 k = 0; k < count; ++k) f(first + k, rows.row(k)...);
    (rows.close(), ...);
  }
}

/// The largest of n elements; NaN is passed over, and of none it is minus infinity.
template <class C>
C largest(const C* x, i64 n) {
  C lane[kLanes];
  std::fill_n(lane, kLanes, -std::numeric_limits<C>::infinity());
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 1  // left as a loop, the lanes become one vector operation
    for (i64 k = 0; k < kLanes; ++k) lane[k] = x[i + k] > lane[k] ? x[i + k] : lane[k];
  }
  for (; i < n; ++i) lane[0] = std::max(lane[0], x[i]);
  return *std::max_element(lane, lane + kLanes);
}

/// leaf(begin, end) for pieces of at most kLeaf terms, added up halves first.
template <class Leaf>
auto add_by_halves(i64 begin, i64 end, const Leaf& leaf) {
  if (end - begin <= kLeaf) return leaf(begin, end);
  const i64 middle = begin + (end - begin + kLeaf) / (2 * kLeaf) * kLeaf;
  return add_by_halves(begin, middle, leaf) + add_by_halves(middle, end, leaf);
}

/// The sum of the lanes, halves first.
template <class C>
C sum_of_lanes(C (&lane)[kLanes]) {
  for (i64 half = kLanes / 2; half > 0; half /= 2) {
    for (i64 k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  return lane[0];
}

/// f(begin) + … + f(end - 1), halves first.
template <class C, class F>
C total(i64 begin, i64 end, const F& f) {
  return add_by_halves(begin, end, [&](i64 from, i64 to) {
    C lane[kLanes] = {};
    i64 i = from;
    for (; i + kLanes <= to; i += kLanes) {
#pragma GCC unroll 1  // left as a loop, the lanes become one vector operation
      for (i64 k = 0; k < kLanes; ++k) lane[k] += f(i + k);
    }
    for (i64 k = 0; i < to; ++i, ++k) lane[k] += f(i);
    return sum_of_lanes(lane);
  });
}

/// Two sums, or what is added to them.
template <class C>
struct Two {
  C first, second;
  Two operator+(const Two& other) const { return {first + other.first, second + other.second}; }
};

/// The same for an f that returns `Two<C>`.
template <class C, class F>
Two<C> two_totals(i64 begin, i64 end, const F& f) {
  return add_by_halves(begin, end, [&](i64 from, i64 to) {
    C first[kLanes] = {}, second[kLanes] = {};
    const auto add = [&](i64 i, i64 k) {
      const Two<C> term = f(i);
      first[k] += term.first;
      second[k] += term.second;
    };
    i64 i = from;
    for (; i + kLanes <= to; i += kLanes) {
#pragma GCC unroll 1  // as above
      for (i64 k = 0; k < kLanes; ++k) add(i + k, k);
    }
    for (i64 k = 0; k < to - i; ++k) add(i + k, k);
    return Two<C>{sum_of_lanes(first), sum_of_lanes(second)};
  });
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
