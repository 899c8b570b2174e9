#include "tensor/trigonometric.h"

#include "tensor/base/scalar_math.h"
#include "tensor/unary.h"

namespace cadena {

Tensor sin(const Tensor& x) { return unary_float<scalar::Sin>("sin", x); }
Tensor cos(const Tensor& x) { return unary_float<scalar::Cos>("cos", x); }
Tensor tanh(const Tensor& x) { return unary_float<scalar::Tanh>("tanh", x); }
Tensor erf(const Tensor& x) { return unary_float<scalar::Erf>("erf", x); }

}  // namespace cadena
