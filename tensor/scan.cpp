#include "tensor/scan.h"

#include "tensor/copy.h"
#include "tensor/cpu/scan.h"
#include "tensor/views.h"

namespace cadena {

Tensor cumsum(const Tensor& x, int axis) {
  axis = normalize_axis("cumsum", axis, x.shape());
  const Tensor countable = x.dtype() == Dtype::boolean ? cast(x, Dtype::i64) : x;
  Tensor y = empty_like(countable);
  on(x.device(), cpu::cumsum)(transpose(y, axis, -1), transpose(countable, axis, -1));
  return y;
}

}  // namespace cadena
