#include "cuda/kernels/elementwise.h"
#include "tensor/arithmetic.h"
#include "tensor/base/scalar.h"
#include "tensor/binary.h"
#include "tensor/cpu/elementwise.h"

namespace cadena {
namespace {

template <class F>
Tensor extremum(const char* op, const Tensor& a, const Tensor& b) {
  const auto [u, v] = align(op, a, b);
  Tensor y = empty_like(u, op);
  on(u.device(), cpu::binary<F>, cuda::binary<F>)(op, y, u, v, F{});
  return y;
}

}  // namespace

Tensor maximum(const Tensor& a, const Tensor& b) { return extremum<scalar::Maximum>("maximum", a, b); }
Tensor maximum(const Tensor& a, Number b) { return maximum(a, scalar_like(a, b)); }

Tensor minimum(const Tensor& a, const Tensor& b) { return extremum<scalar::Minimum>("minimum", a, b); }
Tensor minimum(const Tensor& a, Number b) { return minimum(a, scalar_like(a, b)); }

}  // namespace cadena
