#include "tensor/power.h"
#include "cuda/kernels/elementwise.h"

#include "tensor/base/error.h"
#include "tensor/base/scalar_math.h"
#include "tensor/unary.h"

namespace cadena {

Tensor sqrt(const Tensor& x) { return unary_float<scalar::Sqrt>("sqrt", x); }
Tensor rsqrt(const Tensor& x) { return unary_float<scalar::Rsqrt>("rsqrt", x); }
Tensor reciprocal(const Tensor& x) { return unary_float<scalar::Reciprocal>("reciprocal", x); }
Tensor square(const Tensor& x) { return unary_number<scalar::Square>("square", x); }

Tensor pow(const Tensor& a, const Tensor& b) {
  const auto [u, v] = align("pow", a, b);
  Tensor y = empty_like(u);
  on(u.device(), cpu::binary<scalar::Pow>, cuda::binary<scalar::Pow>)("pow", y, u, v, {});
  return y;
}

Tensor pow(const Tensor& x, Number exponent) {
  const double e = exponent.as<double>();
  if (exponent.meet(x.dtype()) == Dtype::i64) {
    if (e < 0) fail<ValueError>("pow: integers to a negative integer power: ", x.dtype(), " to ", exponent.as<i64>());
    return e == 2 ? square(x) : pow(x, scalar_like(x, exponent));
  }
  if (e == 2) return square(x);
  if (e == 0.5) return sqrt(x);
  return unary_float<scalar::PowNumber>("pow", x, {e});
}

Tensor pow(Number base, const Tensor& exponent) { return pow(scalar_like(exponent, base), exponent); }

}  // namespace cadena
