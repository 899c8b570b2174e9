#include "tensor/scan.h"

#include "cuda/kernels/scan.h"
#include "tensor/copy.h"
#include "tensor/cpu/scan.h"
#include "tensor/views.h"

namespace cadena {

Tensor cumsum(const Tensor& x, int axis) {
  axis = normalize_axis("cumsum", axis, x.shape());
  const Tensor countable = x.dtype() == Dtype::boolean ? cast(x, Dtype::i64) : x;
  Tensor y = empty_like(countable);
  on(x.device(), cpu::cumsum, cuda::cumsum)(transpose(y, axis, -1), transpose(countable, axis, -1));
  return y;
}

Tensor exclusive_prod(const Tensor& x) {
  normalize_axis("exclusive_prod", -1, x.shape());
  Tensor y = empty_like(x);
  on(x.device(), cpu::exclusive_prod, cuda::exclusive_prod)(y, x);
  return y;
}

}  // namespace cadena
