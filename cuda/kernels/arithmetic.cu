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

}  // namespace cadena
