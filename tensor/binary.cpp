#include "tensor/binary.h"

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

std::pair<Tensor, Tensor> align_as(const char* op, const Tensor& a, const Tensor& b, Dtype dtype) {
  if (a.device() != b.device()) fail<DeviceError>(op, ": devices differ: ", a.device(), " and ", b.device());
  if (a.shape() == b.shape()) return {cast(a, dtype), cast(b, dtype)};
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  return {broadcast_to(cast(a, dtype), shape), broadcast_to(cast(b, dtype), shape)};
}

}  // namespace

std::pair<Tensor, Tensor> align(const char* op, const Tensor& a, const Tensor& b) {
  return align_as(op, a, b, promote(a.dtype(), b.dtype()));
}

std::pair<Tensor, Tensor> align_float(const char* op, const Tensor& a, const Tensor& b) {
  return align_as(op, a, b, floating_dtype(promote(a.dtype(), b.dtype())));
}

Tensor scalar_like(const Tensor& x, Number value) { return full({}, value, value.meet(x.dtype()), x.device()); }

Tensor to_float(const Tensor& x) { return cast(x, floating_dtype(x.dtype())); }

}  // namespace cadena
