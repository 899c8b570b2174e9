#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <type_traits>

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// Every element `value`. Throws ValueError if `dtype` is i64 and the value NaN or outside its range.
Tensor full(const Shape& shape, Number value, Dtype dtype = Dtype::f32, Device device = Device::cpu());

/// Every element 0.
Tensor zeros(const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu());
/// Every element 1.
Tensor ones(const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu());
/// Every element `value`, with the shape, dtype and device of x.
Tensor full_like(const Tensor& x, Number value);
/// Every element 0, with the shape, dtype and device of x.
Tensor zeros_like(const Tensor& x);
/// Every element 1, with the shape, dtype and device of x.
Tensor ones_like(const Tensor& x);

/// A copy of `values` in row-major order. Throws as `full`, and ShapeError unless there are `shape.numel()` of them.
Tensor from_values(std::span<const double> values, const Shape& shape, Dtype dtype = Dtype::f32,
                   Device device = Device::cpu());
Tensor from_values(std::span<const float> values, const Shape& shape, Device device = Device::cpu());
Tensor from_values(std::span<const i64> values, const Shape& shape, Device device = Device::cpu());

/// What stands between the braces of `tensor({…})`: a number, or a list of such items. It points into the braces and is
/// no type for variables.
class Nested {
 public:
  /// A number, or a list.
  template <class T>
  requires std::is_arithmetic_v<T> Nested(T number) : number_(number) {}
  Nested(std::initializer_list<Nested> items) : items_(items), is_list_(true) {}

  /// True for a list in braces.
  bool is_list() const { return is_list_; }
  /// The number; 0 for a list.
  Number number() const { return number_; }
  /// The items of a list; none for a number.
  std::span<const Nested> items() const { return {items_.begin(), items_.size()}; }

 private:
  Number number_ = 0;
  std::initializer_list<Nested> items_;
  bool is_list_ = false;
};

/// The given values: a scalar, or a vector (n,), a matrix (m, n), a batch of matrices … written as nested braces:
/// `tensor({1, 2})`, `tensor({{1, 2}, {3, 4}})`, a column `tensor({{1}, {2}})`. Throws as `full`, ShapeError if ragged.
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, Dtype dtype = Dtype::f32) { return full({}, value, dtype); }
Tensor tensor(std::initializer_list<Nested> values, Dtype dtype = Dtype::f32);
template <std::same_as<double> T>
Tensor tensor(std::initializer_list<T> values, Dtype dtype = Dtype::f32) {
  return from_values(std::span<const double>(values.begin(), values.size()), {static_cast<i64>(values.size())}, dtype);
}

/// start, start + step, … before `stop`, in i64 if all three were written as integers, which is then exact, in f32
/// otherwise, as in PyTorch: `arange(0, 1, 0.25)` is 0, 0.25, 0.5, 0.75. Throws ValueError for a zero step.
Tensor arange(Number start, Number stop, Number step = 1);
/// The same in a given dtype.
Tensor arange(Number start, Number stop, Number step, Dtype dtype, Device device = Device::cpu());

/// `count` values from `start` to `stop`, both included: \f$ x_i = a + i (b - a) / (n - 1) \f$.
Tensor linspace(double start, double stop, i64 count, Dtype dtype = Dtype::f32, Device device = Device::cpu());

/// The (n, m) matrix with ones on its diagonal; m = n if left out.
Tensor eye(i64 n, i64 m = -1, Dtype dtype = Dtype::f32, Device device = Device::cpu());

}  // namespace cadena
