#include "tensor/factories.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/memory.h"
#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/elementwise.h"

namespace cadena {
namespace {

/// x from the CPU on `device`. It depends on nothing but numbers of the program, so a step that is recorded may make it
/// anew: every replay has the same.
Tensor constant_on(const Tensor& x, Device device) {
  if (device.is_cpu() || !cuda::Recording::is_under_way() || x.numel() == 0) return to(x, device);
  Tensor y = empty(x.shape(), x.dtype(), device);
  const auto bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  cuda::copy_on_device(y.view().data, cuda::Recording::constant(x.view().data, bytes), bytes);
  return y;
}

/// Fills a new row-major tensor on the CPU: element i is `value(i)`, a number. Throws ValueError for one that `dtype`
/// cannot hold.
template <class F>
Tensor generate(const char* op, const Shape& shape, Dtype dtype, F value) {
  Tensor y = empty(shape, dtype, Device::cpu(), op);
  const i64 n = y.numel();
  by_dtype(op, dtype, [&]<class T>() {
    T* data = y.view().as<T>();
    for (i64 i = 0; i < n; ++i) {
      const Number number = value(i);
      number.expect_in(op, dtype_of<T>);
      data[i] = static_cast<T>(number.as<compute_t<T>>());
    }
  });
  return y;
}

/// a, a + d, … before b. All differences are taken modulo 2^64, where they are exact for any a and b.
Tensor count_up(i64 a, i64 b, i64 d, Dtype dtype, Device device) {
  using u64 = std::uint64_t;
  if (d == 0) fail<ValueError>("arange: step is 0, expected a finite value other than 0");
  const bool up = d > 0;
  const u64 width = up ? u64(d) : u64{0} - u64(d);
  const u64 span = up ? u64(b) - u64(a) : u64(a) - u64(b);
  const u64 count = (up ? a < b : b < a) ? (span - 1) / width + 1 : 0;
  if (count >= u64{1} << 53) fail<ValueError>("arange: ", count, " elements from ", a, " to ", b);
  Tensor y = empty({static_cast<i64>(count)}, dtype, Device::cpu(), "arange");
  by_dtype("arange", dtype, [&]<class T>() {
    T* data = y.view().as<T>();
    for (u64 i = 0; i < count; ++i) {
      const i64 value = static_cast<i64>(u64(a) + i * u64(d));
      data[i] = static_cast<T>(static_cast<compute_t<T>>(value));
    }
  });
  return constant_on(y, device);
}

/// Appends the numbers below `list`, which lies along `axis` of `shape`.
void collect(std::span<const Nested> list, const Shape& shape, int axis, std::vector<Number>& numbers) {
  const auto length = static_cast<i64>(list.size());
  if (length != shape[axis]) fail<ShapeError>("tensor: rows of ", shape[axis], " and ", length, " elements");
  for (const Nested& item : list) {
    if (item.is_list() != (axis + 1 < shape.rank())) fail<ShapeError>("tensor: a number stands beside a list");
    if (item.is_list()) collect(item.items(), shape, axis + 1, numbers);
    else numbers.push_back(item.number());
  }
}

/// Throws ShapeError unless a tensor of this shape has `count` elements.
void expect_count(std::size_t count, const Shape& shape, Dtype dtype) {
  check_shape("from_values", shape, dtype);
  if (static_cast<i64>(count) != shape.numel()) fail<ShapeError>("from_values: ", count, " values for shape ", shape);
}

/// A constant tensor; `op` is what messages name.
Tensor constant(const char* op, const Shape& shape, Number value, Dtype dtype, Device device) {
  value.expect_in(op, dtype);
  Tensor y = empty(shape, dtype, device, op);
  on(device, cpu::fill, cuda::fill)(y, value);
  return y;
}

}  // namespace

Tensor full(const Shape& shape, Number value, Dtype dtype, Device device) {
  return constant("full", shape, value, dtype, device);
}

Tensor zeros(const Shape& shape, Dtype dtype, Device device) { return constant("zeros", shape, 0, dtype, device); }
Tensor ones(const Shape& shape, Dtype dtype, Device device) { return constant("ones", shape, 1, dtype, device); }
Tensor full_like(const Tensor& x, Number value) { return full(x.shape(), value, x.dtype(), x.device()); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

Tensor tensor(std::initializer_list<Nested> values, Dtype dtype) {
  Shape shape{static_cast<i64>(values.size())};
  const std::span<const Nested> items(values.begin(), values.size());
  for (auto list = items; !list.empty() && list[0].is_list();) {  // the first item of each list sets the extent
    list = list[0].items();
    shape = shape.with_inserted(shape.rank(), static_cast<i64>(list.size()));
  }
  std::vector<Number> numbers;
  collect(items, shape, 0, numbers);
  return generate("tensor", shape, dtype, [&](i64 i) { return numbers[static_cast<std::size_t>(i)]; });
}

Tensor from_values(std::span<const double> values, const Shape& shape, Dtype dtype, Device device) {
  expect_count(values.size(), shape, dtype);
  return to(generate("from_values", shape, dtype, [&](i64 i) { return values[static_cast<std::size_t>(i)]; }), device);
}

Tensor from_values(std::span<const float> values, const Shape& shape, Device device) {
  const std::vector<double> wide(values.begin(), values.end());
  return from_values(std::span<const double>(wide), shape, Dtype::f32, device);
}

Tensor from_values(std::span<const i64> values, const Shape& shape, Device device) {
  expect_count(values.size(), shape, Dtype::i64);
  Tensor y = empty(shape, Dtype::i64);
  std::copy(values.begin(), values.end(), y.view().as<i64>());
  return to(y, device);
}

Tensor arange(Number start, Number stop, Number step) {
  const bool exact = start.is_integer() && stop.is_integer() && step.is_integer();
  return arange(start, stop, step, exact ? Dtype::i64 : Dtype::f32);
}

Tensor arange(Number start, Number stop, Number step, Dtype dtype, Device device) {
  if (start.is_integer() && stop.is_integer() && step.is_integer()) {
    return count_up(start.as<i64>(), stop.as<i64>(), step.as<i64>(), dtype, device);
  }
  const double a = start.as<double>();
  const double d = step.as<double>();
  if (d == 0 || !std::isfinite(d)) fail<ValueError>("arange: step is ", d, ", expected a finite value other than 0");
  const double count = std::ceil((stop.as<double>() - a) / d);
  if (!(count < 0x1p53)) fail<ValueError>("arange: ", count, " elements from ", a, " to ", stop.as<double>());
  const Shape shape{static_cast<i64>(std::max(0.0, count))};
  return constant_on(generate("arange", shape, dtype, [&](i64 i) { return a + static_cast<double>(i) * d; }), device);
}

Tensor linspace(double start, double stop, i64 count, Dtype dtype, Device device) {
  if (count < 0) fail<ValueError>("linspace: count is ", count, ", expected at least 0");
  const double last = static_cast<double>(count - 1);
  const auto point = [&](i64 i) {
    const double t = count == 1 ? 0 : static_cast<double>(i) / last;
    return start * (1 - t) + stop * t;
  };
  return constant_on(generate("linspace", {count}, dtype, point), device);
}

Tensor eye(i64 n, i64 m, Dtype dtype, Device device) {
  if (m < 0) m = n;
  return constant_on(generate("eye", {n, m}, dtype, [&](i64 i) { return i / m == i % m ? 1.0 : 0.0; }), device);
}

}  // namespace cadena
