#include "tensor/power.h"
#include "cuda/kernels/elementwise.h"

#include "tensor/base/error.h"
#include "tensor/base/scalar_math.h"
#include "tensor/copy.h"
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
  const Dtype dtype = exponent.meet(x.dtype());
  if (dtype == Dtype::i64 && e < 0) {
    fail<ValueError>("pow: integers to a negative integer power: ", x.dtype(), " to ", exponent.as<i64>());
  }
  if (e == 2) return square(cast(x, dtype));
  if (e == 0.5) return sqrt(x);
  return then_number<scalar::Pow>("pow", x, exponent);
}

Tensor pow(Number base, const Tensor& exponent) { return number_then<scalar::Pow>("pow", base, exponent); }

}  // namespace cadena
