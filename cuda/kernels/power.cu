#include "cuda/kernels/elementwise.cuh"
#include "tensor/base/scalar_math.h"

namespace cadena {

CADENA_UNARY_FLOAT(Exp);
CADENA_UNARY_FLOAT(Log);
CADENA_UNARY_FLOAT(Log1p);
CADENA_UNARY_FLOAT(Expm1);
CADENA_UNARY_FLOAT(Sqrt);
CADENA_UNARY_FLOAT(Rsqrt);
CADENA_UNARY(Square);
CADENA_UNARY_FLOAT(Reciprocal);
CADENA_BINARY(Pow);
CADENA_UNARY(ThenNumber<scalar::Pow>);
CADENA_UNARY(NumberThen<scalar::Pow>);

}  // namespace cadena
