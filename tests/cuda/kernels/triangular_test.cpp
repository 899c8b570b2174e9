#include "tensor/triangular.h"

#include <limits>

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

TEST(CudaTriangular, KeepsOneSideOfAnyDiagonalInEveryDtype) {
  Generator generator(1);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    for (const Shape& shape : {Shape{1, 1}, Shape{5, 5}, Shape{31, 33}, Shape{2, 3, 7, 2}, Shape{3, 0}}) {
      const Tensor x = cast(randint(generator, shape, 1, 9), dtype);
      for (const i64 diagonal : {i64{0}, i64{1}, i64{-2}, i64{40}, i64{-40}, std::numeric_limits<i64>::max(),
                                 std::numeric_limits<i64>::min()}) {
        expect_equal({x}, [&](const Tensors& in) { return Tensors{tril(in[0], diagonal), triu(in[0], diagonal)}; });
      }
    }
  }
}

}  // namespace
}  // namespace cadena::parity
