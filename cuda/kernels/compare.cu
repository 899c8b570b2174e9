#include "cuda/kernels/elementwise.cuh"
#include "tensor/base/scalar.h"
#include "tensor/base/scalar_compare.h"

namespace cadena {

CADENA_COMPARE(Equal);
CADENA_COMPARE(NotEqual);
CADENA_COMPARE(Less);
CADENA_COMPARE(LessEqual);
CADENA_TEST(ThenNumber<scalar::Equal>);
CADENA_TEST(ThenNumber<scalar::NotEqual>);
CADENA_TEST(ThenNumber<scalar::Less>);
CADENA_TEST(ThenNumber<scalar::LessEqual>);
CADENA_TEST(NumberThen<scalar::Less>);
CADENA_TEST(NumberThen<scalar::LessEqual>);
CADENA_LOGIC(And);
CADENA_LOGIC(Or);
CADENA_LOGIC(Xor);
CADENA_TEST_FLOAT(IsNan);
CADENA_TEST_FLOAT(IsInf);
CADENA_TEST_FLOAT(IsFinite);

}  // namespace cadena
