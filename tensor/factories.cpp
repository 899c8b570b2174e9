#include "tensor/factories.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/base/error.h"

namespace cadena {
namespace {

/// Fills a new row-major tensor: element i is `value(i)`, a double.
template <class F>
Tensor generate(const char* op, const Shape& shape, Dtype dtype, F value) {
  Tensor y = empty(shape, dtype);
  const i64 n = y.numel();
  by_dtype(op, dtype, [&]<class T>() {
    T* data = y.view().as<T>();
    for (i64 i = 0; i < n; ++i) data[i] = static_cast<T>(static_cast<compute_t<T>>(value(i)));
  });
  return y;
}

}  // namespace

Tensor full(const Shape& shape, Number value, Dtype dtype, Device device) {
  Tensor y = empty(shape, dtype, device);
  by_dtype("full", dtype,
           [&]<class T>() { std::fill_n(y.view().as<T>(), y.numel(), static_cast<T>(value.as<compute_t<T>>())); });
  return y;
}

Tensor zeros(const Shape& shape, Dtype dtype, Device device) { return full(shape, 0, dtype, device); }
Tensor ones(const Shape& shape, Dtype dtype, Device device) { return full(shape, 1, dtype, device); }
Tensor full_like(const Tensor& x, Number value) { return full(x.shape(), value, x.dtype(), x.device()); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

Tensor tensor(double value, Dtype dtype) { return full({}, value, dtype); }

Tensor tensor(std::initializer_list<double> values, Dtype dtype) {
  return from_values(std::span(values.begin(), values.size()), {static_cast<i64>(values.size())}, dtype);
}

Tensor tensor(std::initializer_list<std::initializer_list<double>> rows, Dtype dtype) {
  const std::size_t columns = rows.size() == 0 ? 0 : rows.begin()->size();
  std::vector<double> values;
  for (const auto& row : rows) {
    if (row.size() != columns) fail<ShapeError>("tensor: rows of ", columns, " and ", row.size(), " elements");
    values.insert(values.end(), row);
  }
  return from_values(std::span<const double>(values), {static_cast<i64>(rows.size()), static_cast<i64>(columns)},
                     dtype);
}

Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<double>>> blocks, Dtype dtype) {
  std::vector<double> values;
  Shape shape{static_cast<i64>(blocks.size()), 0, 0};
  for (const auto& block : blocks) {
    const Tensor matrix = tensor(block, Dtype::f64);
    if (&block != blocks.begin() && matrix.shape() != Shape{shape[1], shape[2]}) {
      fail<ShapeError>("tensor: blocks of shape ", Shape{shape[1], shape[2]}, " and ", matrix.shape());
    }
    shape[1] = matrix.shape()[0];
    shape[2] = matrix.shape()[1];
    const std::vector<double> part = matrix.to_vector();
    values.insert(values.end(), part.begin(), part.end());
  }
  return from_values(std::span<const double>(values), shape, dtype);
}

Tensor from_values(std::span<const double> values, const Shape& shape, Dtype dtype) {
  check_shape("from_values", shape, dtype);
  if (static_cast<i64>(values.size()) != shape.numel()) {
    fail<ShapeError>("from_values: ", values.size(), " values for shape ", shape);
  }
  return generate("from_values", shape, dtype, [&](i64 i) { return values[static_cast<std::size_t>(i)]; });
}

Tensor from_values(std::span<const float> values, const Shape& shape) {
  const std::vector<double> wide(values.begin(), values.end());
  return from_values(std::span<const double>(wide), shape, Dtype::f32);
}

Tensor from_values(std::span<const i64> values, const Shape& shape) {
  Tensor y = empty(shape, Dtype::i64);
  if (static_cast<i64>(values.size()) != y.numel()) {
    fail<ShapeError>("from_values: ", values.size(), " values for shape ", shape);
  }
  std::copy(values.begin(), values.end(), y.view().as<i64>());
  return y;
}

Tensor arange(Number start, Number stop, Number step, Dtype dtype) {
  const double a = start.as<double>();
  const double d = step.as<double>();
  if (d == 0 || !std::isfinite(d)) fail<ValueError>("arange: step is ", d, ", expected a finite value other than 0");
  const double count = std::ceil((stop.as<double>() - a) / d);
  if (!(count < 0x1p53)) fail<ValueError>("arange: ", count, " elements from ", a, " to ", stop.as<double>());
  return generate("arange", {static_cast<i64>(std::max(0.0, count))}, dtype,
                  [&](i64 i) { return a + static_cast<double>(i) * d; });
}

Tensor linspace(double start, double stop, i64 count, Dtype dtype) {
  if (count < 0) fail<ValueError>("linspace: count is ", count, ", expected at least 0");
  const double last = static_cast<double>(count - 1);
  return generate("linspace", {count}, dtype, [&](i64 i) {
    const double t = count == 1 ? 0 : static_cast<double>(i) / last;
    return start * (1 - t) + stop * t;
  });
}

Tensor eye(i64 n, i64 m, Dtype dtype) {
  if (m < 0) m = n;
  return generate("eye", {n, m}, dtype, [&](i64 i) { return i / m == i % m ? 1.0 : 0.0; });
}

}  // namespace cadena
