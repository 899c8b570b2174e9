#include "tensor/exponential.h"

#include "tensor/base/scalar.h"
#include "tensor/unary.h"

namespace cadena {

Tensor exp(const Tensor& x) { return unary_float<scalar::Exp>("exp", x); }
Tensor log(const Tensor& x) { return unary_float<scalar::Log>("log", x); }

}  // namespace cadena
