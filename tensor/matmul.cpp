#include "tensor/matmul.h"

#include "cuda/kernels/matmul.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/matmul.h"
#include "tensor/matrices.h"
#include "tensor/views.h"

namespace cadena {

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.rank() == 0 || b.rank() == 0)
    fail<ShapeError>("matmul: expected at least one axis: ", a.shape(), " x ", b.shape());
  if (a.device() != b.device()) fail<DeviceError>("matmul: devices differ: ", a.device(), " and ", b.device());
  if (a.size(-1) != b.size(b.rank() == 1 ? 0 : -2)) {
    fail<ShapeError>("matmul: inner dimensions differ: ", a.shape(), " x ", b.shape());
  }
  if (a.rank() == 1) return squeeze(matmul(unsqueeze(a, 0), b), b.rank() == 1 ? 0 : -2);
  if (b.rank() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);

  const Dtype dtype = promote(a.dtype(), b.dtype());
  const i64 m = a.size(-2), k = a.size(-1), n = b.size(-1);
  const Shape batch = broadcast_shapes("matmul", batch_of(a.shape()), batch_of(b.shape()));
  const Tensor left = broadcast_to(cast(a, dtype), with_matrix(batch, m, k));
  const Tensor right = broadcast_to(cast(b, dtype), with_matrix(batch, k, n));
  Tensor y = empty(with_matrix(batch, m, n), dtype, a.device());
  on(a.device(), cpu::matmul, cuda::matmul)(y, left, right);
  return y;
}

}  // namespace cadena
