#include "cuda/kernels/elementwise.cuh"
#include "tensor/base/scalar.h"

namespace cadena {

CADENA_BINARY(Add);
CADENA_BINARY(Sub);
CADENA_BINARY(Mul);
CADENA_BINARY(Maximum);
CADENA_BINARY(Minimum);
CADENA_BINARY_FLOAT(Div);
CADENA_UNARY(Neg);
CADENA_UNARY(ThenNumber<scalar::Add>);
CADENA_UNARY(ThenNumber<scalar::Sub>);
CADENA_UNARY(NumberThen<scalar::Sub>);
CADENA_UNARY(ThenNumber<scalar::Mul>);
CADENA_UNARY_FLOAT(ThenNumber<scalar::Div>);
CADENA_UNARY_FLOAT(NumberThen<scalar::Div>);

}  // namespace cadena
