#pragma once

#include "cuda/kernels/elementwise.h"
#include "tensor/base/scalar.h"
#include "tensor/binary.h"
#include "tensor/copy.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/tensor.h"

namespace cadena {

/// A new tensor with f(x[i]) in place of each element, for formulas over real numbers; integers become f32.
template <class F>
Tensor unary_float(const char* op, const Tensor& x, F f = {}) {
  const Tensor real = to_float(x);
  Tensor y = empty_like(real, op);
  on(real.device(), cpu::unary_float<F>, cuda::unary_float<F>)(op, y, real, f);
  return y;
}

/// The same for formulas over integers too, which keep their dtype. Throws DtypeError for bool.
template <class F>
Tensor unary_number(const char* op, const Tensor& x, F f = {}) {
  Tensor y = empty_like(x, op);
  on(x.device(), cpu::unary<F>, cuda::unary<F>)(op, y, x, f);
  return y;
}

/// F(x[i], c) in the dtype where x and the host value c meet.
template <class F>
Tensor then_number(const char* op, const Tensor& x, Number c) {
  return unary_number<scalar::ThenNumber<F>>(op, cast(x, c.meet(x.dtype())), {c});
}

/// F(c, x[i]) in the dtype where x and the host value c meet.
template <class F>
Tensor number_then(const char* op, Number c, const Tensor& x) {
  return unary_number<scalar::NumberThen<F>>(op, cast(x, c.meet(x.dtype())), {c});
}

}  // namespace cadena
