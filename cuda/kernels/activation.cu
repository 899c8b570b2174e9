#include "cuda/kernels/elementwise.cuh"
#include "tensor/base/scalar_activation.h"

namespace cadena {

CADENA_UNARY(Relu);
CADENA_UNARY_FLOAT(Sigmoid);
CADENA_UNARY_FLOAT(Softplus);
CADENA_UNARY_FLOAT(LogSigmoid);
CADENA_UNARY_FLOAT(Silu);
CADENA_UNARY_FLOAT(Gelu);
CADENA_UNARY_FLOAT(GeluSlope);
CADENA_UNARY_FLOAT(GeluTanh);
CADENA_UNARY_FLOAT(GeluTanhSlope);
CADENA_UNARY_FLOAT(LeakyRelu);
CADENA_UNARY_FLOAT(Elu);

}  // namespace cadena
