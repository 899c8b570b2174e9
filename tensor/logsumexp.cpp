#include "tensor/logsumexp.h"

#include "cuda/kernels/logsumexp.h"
#include "tensor/binary.h"
#include "tensor/cpu/logsumexp.h"
#include "tensor/reduction.h"

namespace cadena {

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keep_dims) {
  const Reduction r("logsumexp", to_float(x), axes);
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::logsumexp, cuda::logsumexp)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

}  // namespace cadena
