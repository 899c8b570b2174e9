#include "tensor/cofactor.h"

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/cofactor.h"
#include "tensor/matrices.h"
#include "tensor/through_host.h"

namespace cadena {

Tensor cofactor(const Tensor& a) {
  if (!a.device().is_cpu()) return through_host("cofactor", cofactor, a);
  check_square("cofactor", a);
  const Tensor m = to_decomposed(a);
  Tensor c = empty(m.shape(), m.dtype(), m.device());
  cpu::cofactor(c, m);
  return cast(c, floating_dtype(a.dtype()));
}

Tensor cofactor_derivative(const Tensor& a, const Tensor& x) {
  if (!a.device().is_cpu() || !x.device().is_cpu()) {
    return through_host("cofactor_derivative", cofactor_derivative, a, x);
  }
  check_square("cofactor_derivative", a);
  check_same("cofactor_derivative", a, x);
  if (x.shape() != a.shape()) {
    fail<ShapeError>("cofactor_derivative: shapes differ: ", a.shape(), " and ", x.shape());
  }
  const Tensor m = to_decomposed(a);
  Tensor y = empty(m.shape(), m.dtype(), m.device());
  cpu::cofactor_derivative(y, m, to_decomposed(x));
  return cast(y, floating_dtype(a.dtype()));
}

}  // namespace cadena
