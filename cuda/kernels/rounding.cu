#include "cuda/kernels/elementwise.cuh"
#include "tensor/base/scalar_rounding.h"
#include "tensor/base/scalar_update.h"

namespace cadena {

CADENA_UNARY(Abs);
CADENA_UNARY(Sign);
CADENA_UNARY(Round);
CADENA_UNARY(Floor);
CADENA_UNARY(Ceil);
CADENA_UNARY_FLOAT(Clamp);
CADENA_UNARY_FLOAT(Scale);
CADENA_UNARY_FLOAT(ClampMagnitude);

}  // namespace cadena
