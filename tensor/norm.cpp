#include "tensor/norm.h"

#include <cmath>

#include "cuda/kernels/norm.h"
#include "tensor/base/error.h"
#include "tensor/binary.h"
#include "tensor/cpu/norm.h"
#include "tensor/reduction.h"

namespace cadena {

Tensor norm(const Tensor& x, const Axes& axes, double p, bool keep_dims) {
  if (std::isnan(p)) fail<ValueError>("norm: p is NaN");
  const Reduction r("norm", to_float(x), axes);
  if (p < 0) r.expect_elements("norm");
  Tensor y = r.result(r.input.dtype());
  on(x.device(), cpu::norm, cuda::norm)(y, r.input, r.reduced, p);
  return r.shaped(y, keep_dims);
}

}  // namespace cadena
