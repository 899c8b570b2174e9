#include "tensor/softmax.h"

#include "cuda/kernels/softmax.h"
#include "tensor/binary.h"
#include "tensor/cpu/softmax.h"
#include "tensor/views.h"

namespace cadena {

Tensor softmax(const Tensor& x, int axis) {
  axis = normalize_axis("softmax", axis, x.shape());
  const Tensor real = to_float(x);
  Tensor y = empty_like(real);
  on(x.device(), cpu::softmax, cuda::softmax)(transpose(y, axis, -1), transpose(real, axis, -1));
  return y;
}

Tensor log_softmax(const Tensor& x, int axis) {
  axis = normalize_axis("log_softmax", axis, x.shape());
  const Tensor real = to_float(x);
  Tensor y = empty_like(real);
  on(x.device(), cpu::log_softmax, cuda::log_softmax)(transpose(y, axis, -1), transpose(real, axis, -1));
  return y;
}

}  // namespace cadena
