#include "tensor/moments.h"

#include "cuda/kernels/moments.h"
#include "tensor/binary.h"
#include "tensor/cpu/moments.h"
#include "tensor/reduction.h"

namespace cadena {

Tensor var(const Tensor& x, const Axes& axes, double correction, bool keep_dims) {
  const Reduction r("var", to_float(x), axes);
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::var, cuda::var)(y, r.input, r.reduced, correction);
  return r.shaped(y, keep_dims);
}

Tensor stddev(const Tensor& x, const Axes& axes, double correction, bool keep_dims) {
  const Reduction r("stddev", to_float(x), axes);
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::stddev, cuda::stddev)(y, r.input, r.reduced, correction);
  return r.shaped(y, keep_dims);
}

}  // namespace cadena
