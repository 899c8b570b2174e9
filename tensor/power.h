#pragma once

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = \sqrt x \f$: NaN below 0; integers become f32.
Tensor sqrt(const Tensor& x);
/// \f$ y = 1 / \sqrt x \f$: infinity at 0, NaN below; integers become f32.
Tensor rsqrt(const Tensor& x);
/// \f$ y = 1 / x \f$; integers become f32.
Tensor reciprocal(const Tensor& x);
/// \f$ y = x^2 \f$; integers stay integers and wrap around modulo \f$ 2^{64} \f$.
Tensor square(const Tensor& x);

/// \f$ y = a^b \f$ with broadcasting, as C's `pow`: \f$ x^0 = 1 \f$ even for NaN, NaN for a negative base and a
/// fractional exponent. Integers stay integers, wrap around, and are rounded towards zero where the exponent is
/// negative. Throws ShapeError if the shapes do not broadcast, DeviceError if the devices differ.
Tensor pow(const Tensor& a, const Tensor& b);
/// The same for one exponent, which is not rounded to f16 or bf16; exponents 2 and 1/2 are `square` and `sqrt`. Throws
/// ValueError for integers to a negative integer power.
Tensor pow(const Tensor& x, Number exponent);
/// The same for one base, which is not rounded either.
Tensor pow(Number base, const Tensor& exponent);

}  // namespace cadena
