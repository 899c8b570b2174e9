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
CADENA_UNARY_FLOAT(PowNumber);
CADENA_BINARY(Pow);

}  // namespace cadena
