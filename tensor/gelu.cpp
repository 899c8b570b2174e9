#include "tensor/activation.h"
#include "tensor/base/scalar_activation.h"
#include "tensor/unary.h"

namespace cadena {

Tensor gelu(const Tensor& x, GeluForm form) {
  return form == GeluForm::exact ? unary_float<scalar::Gelu>("gelu", x) : unary_float<scalar::GeluTanh>("gelu", x);
}

Tensor gelu_slope(const Tensor& x, GeluForm form) {
  return form == GeluForm::exact ? unary_float<scalar::GeluSlope>("gelu_slope", x)
                                 : unary_float<scalar::GeluTanhSlope>("gelu_slope", x);
}

}  // namespace cadena
