#include "tensor/arithmetic.h"

#include "cuda/kernels/elementwise.h"
#include "tensor/base/scalar.h"
#include "tensor/binary.h"
#include "tensor/cpu/elementwise.h"
#include "tensor/unary.h"

namespace cadena {
namespace {

template <class F>
Tensor arithmetic(const char* op, const Tensor& a, const Tensor& b) {
  return with_aligned(op, a, b, [op](const Tensor& u, const Tensor& v) {
    Tensor y = empty_like(u, op);
    on(u.device(), cpu::binary<F>, cuda::binary<F>)(op, y, u, v, F{});
    return y;
  });
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return arithmetic<scalar::Add>("add", a, b); }
Tensor add(const Tensor& a, Number b) { return then_number<scalar::Add>("add", a, b); }

Tensor sub(const Tensor& a, const Tensor& b) { return arithmetic<scalar::Sub>("sub", a, b); }
Tensor sub(const Tensor& a, Number b) { return then_number<scalar::Sub>("sub", a, b); }
Tensor sub(Number a, const Tensor& b) { return number_then<scalar::Sub>("sub", a, b); }

Tensor mul(const Tensor& a, const Tensor& b) { return arithmetic<scalar::Mul>("mul", a, b); }
Tensor mul(const Tensor& a, Number b) { return then_number<scalar::Mul>("mul", a, b); }

Tensor div(const Tensor& a, const Tensor& b) {
  const auto [u, v] = align_float("div", a, b);
  Tensor y = empty_like(u);
  on(u.device(), cpu::binary_float<scalar::Div>, cuda::binary_float<scalar::Div>)("div", y, u, v, {});
  return y;
}
Tensor div(const Tensor& a, Number b) { return unary_float<scalar::ThenNumber<scalar::Div>>("div", a, {b}); }
Tensor div(Number a, const Tensor& b) { return unary_float<scalar::NumberThen<scalar::Div>>("div", b, {a}); }

Tensor neg(const Tensor& x) { return unary_number<scalar::Neg>("neg", x); }

Tensor maximum(const Tensor& a, const Tensor& b) { return arithmetic<scalar::Maximum>("maximum", a, b); }
Tensor maximum(const Tensor& a, Number b) { return maximum(a, scalar_like(a, b)); }

Tensor minimum(const Tensor& a, const Tensor& b) { return arithmetic<scalar::Minimum>("minimum", a, b); }
Tensor minimum(const Tensor& a, Number b) { return minimum(a, scalar_like(a, b)); }

}  // namespace cadena
