#include "cuda/kernels/elementwise.cuh"
#include "tensor/base/scalar_math.h"

namespace cadena {

CADENA_UNARY_FLOAT(Sin);
CADENA_UNARY_FLOAT(Cos);
CADENA_UNARY_FLOAT(Tanh);
CADENA_UNARY_FLOAT(Erf);

}  // namespace cadena
