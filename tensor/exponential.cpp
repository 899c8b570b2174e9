#include "tensor/exponential.h"

#include "tensor/base/scalar_math.h"
#include "tensor/unary.h"

namespace cadena {

Tensor exp(const Tensor& x) { return unary_float<scalar::Exp>("exp", x); }
Tensor expm1(const Tensor& x) { return unary_float<scalar::Expm1>("expm1", x); }
Tensor log(const Tensor& x) { return unary_float<scalar::Log>("log", x); }
Tensor log1p(const Tensor& x) { return unary_float<scalar::Log1p>("log1p", x); }

}  // namespace cadena
