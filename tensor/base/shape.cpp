#include "tensor/base/shape.h"

#include <algorithm>
#include <utility>

#include "tensor/base/error.h"

namespace cadena {

Dims::Dims(const i64* values, std::size_t count) : rank_(static_cast<int>(count)) {
  if (rank_ > kInline) heap_ = new i64[count];
  std::copy(values, values + count, begin());
}

Dims::Dims(Dims&& other) noexcept : rank_(other.rank_) {
  if (rank_ > kInline) {
    heap_ = other.heap_;
    other.rank_ = 0;
  } else {
    std::copy(other.begin(), other.end(), inline_);
  }
}

Dims& Dims::operator=(const Dims& other) {
  if (this != &other) *this = Dims(other);
  return *this;
}

Dims& Dims::operator=(Dims&& other) noexcept {
  if (this == &other) return *this;
  if (rank_ > kInline) delete[] heap_;
  rank_ = other.rank_;
  if (rank_ > kInline) {
    heap_ = other.heap_;
    other.rank_ = 0;
  } else {
    std::copy(other.begin(), other.end(), inline_);
  }
  return *this;
}

Dims Dims::filled(int count, i64 value) {
  Dims dims;
  if (count > kInline) dims.heap_ = new i64[static_cast<std::size_t>(count)];
  dims.rank_ = count;  // only now: where memory runs out there is nothing to free
  std::fill(dims.begin(), dims.end(), value);
  return dims;
}

Dims Dims::with_inserted(int axis, i64 value) const {
  Dims dims = filled(rank_ + 1, value);
  std::copy(begin(), begin() + axis, dims.begin());
  std::copy(begin() + axis, end(), dims.begin() + axis + 1);
  return dims;
}

Dims Dims::without(int axis) const {
  Dims dims = filled(rank_ - 1, 0);
  std::copy(begin(), begin() + axis, dims.begin());
  std::copy(begin() + axis + 1, end(), dims.begin() + axis);
  return dims;
}

std::string to_string(const Dims& dims) {
  std::string text = "(";
  for (int i = 0; i < dims.rank(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(dims[i]);
  return text + (dims.rank() == 1 ? ",)" : ")");
}

Strides row_major(const Shape& shape) {
  Strides strides = shape;
  i64 step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= std::max<i64>(shape[i], 1);
  }
  return strides;
}

void check_shape(const char* op, const Shape& shape, Dtype dtype) {
  i64 bytes = static_cast<i64>(size_of(dtype));
  bool fits = true;  // axes of extent 0 do not excuse an overflow of the others: strides count
  for (i64 extent : shape) {
    if (extent < 0) fail<ShapeError>(op, ": negative extent in shape ", shape);
    fits = fits && !__builtin_mul_overflow(bytes, std::max<i64>(extent, 1), &bytes);
  }
  if (!fits) fail<ShapeError>(op, ": shape ", shape, " of ", dtype, " does not fit in memory");
}

int normalize_axis(const char* op, int axis, const Shape& shape) {
  const int rank = shape.rank();
  if (axis < -rank || axis >= rank) {
    fail<ShapeError>(op, ": axis ", axis, " is out of range for shape ", shape, " of rank ", rank);
  }
  return axis < 0 ? axis + rank : axis;
}

Axes::Axes(std::initializer_list<int> axes) : Axes(std::span(axes.begin(), axes.size())) {}

Axes::Axes(std::span<const int> axes) : axes_(Dims::filled(static_cast<int>(axes.size()), 0)) {
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

Dims normalize_axes(const char* op, const Axes& axes, const Shape& shape) {
  Dims sorted = Dims::filled(axes.count() == 0 ? shape.rank() : axes.count(), 0);
  for (int i = 0; i < sorted.rank(); ++i) sorted[i] = axes.count() == 0 ? i : normalize_axis(op, axes[i], shape);
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    fail<ShapeError>(op, ": an axis appears twice for shape ", shape);
  }
  return sorted;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape result = Shape::filled(rank, 1);
  for (int i = 1; i <= rank; ++i) {  // i counts from the last axis
    const i64 x = i <= a.rank() ? a[a.rank() - i] : 1;
    const i64 y = i <= b.rank() ? b[b.rank() - i] : 1;
    if (x != y && x != 1 && y != 1) fail<ShapeError>(op, ": shapes do not broadcast: ", a, " and ", b);
    result[rank - i] = x == 1 ? y : x;
  }
  return result;
}

}  // namespace cadena
