#include "tensor/copy.h"

#include "tensor/base/error.h"
#include "tensor/base/scalar.h"
#include "tensor/cpu/elementwise.h"

namespace cadena {

Tensor copy(const Tensor& x) {
  Tensor y = empty_like(x);
  on(x.device(), cpu::convert)(y, x);
  return y;
}

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : copy(x); }

Tensor cast(const Tensor& x, Dtype dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype, x.device());
  on(x.device(), cpu::convert)(y, x);
  return y;
}

void copy_into(const Tensor& y, const Tensor& x) {
  if (y.shape() != x.shape()) fail<ShapeError>("copy_into: shapes differ: ", y.shape(), " and ", x.shape());
  if (y.device() != x.device()) fail<DeviceError>("copy_into: devices differ: ", y.device(), " and ", x.device());
  const Tensor source = x.storage() == y.storage() ? copy(x) : x;  // the views may overlap
  y.begin_write("copy_into");
  on(y.device(), cpu::convert)(y, source);
}

void add_into(const Tensor& y, const Tensor& x) {
  if (y.shape() != x.shape()) fail<ShapeError>("add_into: shapes differ: ", y.shape(), " and ", x.shape());
  check_same("add_into", y, x);
  const Tensor source = x.storage() == y.storage() && !x.is_same(y) ? copy(x) : x;
  y.begin_write("add_into");
  on(y.device(), cpu::binary<scalar::Add>)("add_into", y, y, source, {});
}

void fill(const Tensor& y, double value) {
  y.begin_write("fill");
  const Tensor scalar = empty({}, y.dtype(), y.device());
  by_dtype("fill", y.dtype(),
           [&]<class T>() { *scalar.view().as<T>() = static_cast<T>(static_cast<compute_t<T>>(value)); });
  const Tensor wide = as_strided(scalar, y.shape(), Strides::filled(y.rank(), 0), 0);
  on(y.device(), cpu::convert)(y, wide);
}

}  // namespace cadena
