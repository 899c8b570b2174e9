#include "tensor/extremum.h"

#include "cuda/kernels/extremum.h"
#include "tensor/cpu/extremum.h"
#include "tensor/reduction.h"
#include "tensor/views.h"

namespace cadena {
namespace {

using Kernel = void(const View&, const View&, int);

Tensor reduced(const char* op, const Tensor& x, const Axes& axes, bool keep_dims, Dtype dtype, Kernel* cpu_kernel,
               Kernel* cuda_kernel) {
  const Reduction r(op, x, axes);
  r.expect_elements(op);
  Tensor y = r.result(dtype, op);
  on(x.device(), cpu_kernel, cuda_kernel)(y, r.input, r.reduced);
  return r.shaped(y, keep_dims);
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keep_dims) {
  return reduced("max", x, axes, keep_dims, x.dtype(), cpu::max, cuda::max);
}
Tensor min(const Tensor& x, const Axes& axes, bool keep_dims) {
  return reduced("min", x, axes, keep_dims, x.dtype(), cpu::min, cuda::min);
}
Tensor argmax(const Tensor& x, int axis, bool keep_dims) {
  return reduced("argmax", x, axis, keep_dims, Dtype::i64, cpu::argmax, cuda::argmax);
}
Tensor argmin(const Tensor& x, int axis, bool keep_dims) {
  return reduced("argmin", x, axis, keep_dims, Dtype::i64, cpu::argmin, cuda::argmin);
}
Tensor argmax(const Tensor& x) { return reduced("argmax", x, {}, false, Dtype::i64, cpu::argmax, cuda::argmax); }
Tensor argmin(const Tensor& x) { return reduced("argmin", x, {}, false, Dtype::i64, cpu::argmin, cuda::argmin); }

}  // namespace cadena
