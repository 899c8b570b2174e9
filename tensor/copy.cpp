#include "tensor/copy.h"

#include "cuda/kernels/elementwise.h"
#include "cuda/kernels/memory.h"
#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar.h"
#include "tensor/cpu/elementwise.h"

namespace cadena {

Tensor copy(const Tensor& x) {
  Tensor y = empty_like(x);
  on(x.device(), cpu::convert, cuda::convert)(y, x);
  return y;
}

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : copy(x); }

Tensor cast(const Tensor& x, Dtype dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype, x.device());
  on(x.device(), cpu::convert, cuda::convert)(y, x);
  return y;
}

Tensor to(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  const Tensor source = contiguous(x);
  Tensor y = empty(x.shape(), x.dtype(), device);
  void* to = y.view().data;
  const void* from = source.view().data;
  const auto bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  if (bytes == 0) return y;
  if (device.is_cpu()) cuda::Recording::refuse("to");
  if (x.device().is_cpu()) cuda::Recording::refuse("to", cuda::Recording::kCopies);
  if (device.is_cpu()) cuda::copy_to_host(to, from, bytes);
  else if (x.device().is_cpu()) cuda::copy_to_device(to, from, bytes);
  else cuda::copy_on_device(to, from, bytes);
  return y;
}

void copy_into(const Tensor& y, const Tensor& x) {
  if (y.shape() != x.shape()) fail<ShapeError>("copy_into: shapes differ: ", y.shape(), " and ", x.shape());
  if (y.device() != x.device()) fail<DeviceError>("copy_into: devices differ: ", y.device(), " and ", x.device());
  const Tensor source = x.storage() == y.storage() ? copy(x) : x;  // the views may overlap
  y.begin_write("copy_into");
  on(y.device(), cpu::convert, cuda::convert)(y, source);
}

void add_into(const Tensor& y, const Tensor& x) {
  if (y.shape() != x.shape()) fail<ShapeError>("add_into: shapes differ: ", y.shape(), " and ", x.shape());
  check_same("add_into", y, x);
  const Tensor source = x.storage() == y.storage() && !x.is_same(y) ? copy(x) : x;
  y.begin_write("add_into");
  on(y.device(), cpu::binary<scalar::Add>, cuda::binary<scalar::Add>)("add_into", y, y, source, {});
}

void fill(const Tensor& y, Number value) {
  value.expect_in("fill", y.dtype());
  y.begin_write("fill");
  on(y.device(), cpu::fill, cuda::fill)(y, value);
}

}  // namespace cadena
