#pragma once

#include <initializer_list>
#include <span>
#include <string>

#include "tensor/base/dtype.h"

namespace cadena {

/// A short list of integers, one per axis: a shape, or strides. Up to five axes live inline, longer lists on the heap.
class Dims {
 public:
  Dims() = default;
  /// A copy of the given integers.
  Dims(std::initializer_list<i64> values) : Dims(values.begin(), values.size()) {}
  explicit Dims(std::span<const i64> values) : Dims(values.data(), values.size()) {}
  Dims(const i64* values, std::size_t count);
  Dims(const Dims& other) : Dims(other.begin(), static_cast<std::size_t>(other.rank_)) {}
  Dims(Dims&& other) noexcept;
  /// Takes the integers of the other list.
  Dims& operator=(const Dims& other);
  Dims& operator=(Dims&& other) noexcept;
  ~Dims() {
    if (rank_ > kInline) delete[] heap_;
  }

  /// `count` axes, each `value`.
  static Dims filled(int count, i64 value);

  /// How many integers it holds: the number of axes.
  int rank() const { return rank_; }
  /// Entry `axis`, 0 … rank() - 1, unchecked.
  i64 operator[](int axis) const { return begin()[axis]; }
  i64& operator[](int axis) { return begin()[axis]; }
  /// The first entry, as a contiguous range.
  const i64* begin() const { return rank_ > kInline ? heap_ : inline_; }
  /// One past the last entry.
  const i64* end() const { return begin() + rank_; }
  /// The first entry, to be written to.
  i64* begin() { return rank_ > kInline ? heap_ : inline_; }
  /// One past the last entry.
  i64* end() { return begin() + rank_; }
  /// The entries; valid while the list lives unchanged.
  operator std::span<const i64>() const { return {begin(), static_cast<std::size_t>(rank_)}; }

  /// Product of all entries; 1 for rank zero.
  i64 numel() const {
    i64 product = 1;
    for (i64 d : *this) product *= d;
    return product;
  }

  /// This list with `value` put in front of position `axis` (0 … rank).
  Dims with_inserted(int axis, i64 value) const;
  /// This list without position `axis`.
  Dims without(int axis) const;

  /// Equal in rank and in every entry.
  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }

 private:
  static constexpr int kInline = 5;
  int rank_ = 0;
  union {
    i64 inline_[kInline];
    i64* heap_;
  };
};

/// Extents, one an axis.
using Shape = Dims;
/// By how many elements a step along each axis moves in memory.
using Strides = Dims;

/// Axes as a caller writes them: none (which means all), one, or several; negative ones count from the end.
class Axes {
 public:
  Axes() = default;
  /// These axes, in the order written.
  Axes(int axis) : axes_{axis} {}
  Axes(std::initializer_list<int> axes);
  Axes(std::span<const int> axes);

  /// How many axes were written; 0 stands for all.
  int count() const { return axes_.rank(); }
  /// Axis number i as it was written.
  int operator[](int i) const { return static_cast<int>(axes_[i]); }

 private:
  Dims axes_;
};

/// "(3, 4)", "(3,)", "()".
std::string to_string(const Dims& dims);

/// Strides of a row-major (C order) layout: the last axis is contiguous.
Strides row_major(const Shape& shape);

/// Throws ShapeError if an extent is negative or the number of bytes does not fit in 63 bits.
void check_shape(const char* op, const Shape& shape, Dtype dtype);

/// `axis` in 0 … rank - 1, negative ones counted from the end; throws ShapeError naming `op` and the shape otherwise.
int normalize_axis(const char* op, int axis, const Shape& shape);

/// The set of axes as an ascending list without repeats. No axes means all of them. Throws ShapeError on a repeat.
Dims normalize_axes(const char* op, const Axes& axes, const Shape& shape);

/// The shape that NumPy's broadcasting gives: aligned at the last axis, extents equal or one of them 1.
/// Throws ShapeError naming `op` and both shapes.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace cadena
