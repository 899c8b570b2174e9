#include "tensor/rotary.h"

#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

TEST(CudaRotary, TurnsPairsForwardAndBack) {
  for (const Shape& shape : {Shape{1, 2}, Shape{33, 6}, Shape{2, 3, 17, 64}, Shape{5, 300}, Shape{3, 0, 4}}) {
    for (const bool inverse : {false, true}) {
      expect_parity({noise(shape, 1)}, [&](const Tensors& in) {
        return Tensors{rotary_embedding(in[0], 0, 10000, inverse), rotary_embedding(in[0], 1000003, 500, inverse)};
      });
    }
  }
}

}  // namespace
}  // namespace cadena::parity
