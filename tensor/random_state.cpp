#include "tensor/random_state.h"

#include "cuda/kernels/random.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/cpu/random.h"

namespace cadena {

Drawn bernoulli(const Tensor& state, const Shape& shape, double p, Dtype dtype) {
  if (state.shape() != Shape{2}) fail<ShapeError>("bernoulli: expected a state of shape (2,), got ", state.shape());
  if (state.dtype() != Dtype::i64) fail_dtype("bernoulli", state.dtype(), "i64");
  if (!(p >= 0 && p <= 1)) fail<ValueError>("bernoulli: expected a probability in [0, 1], got ", p);
  Drawn drawn{empty(shape, dtype, state.device()), empty_like(state)};
  on(state.device(), cpu::bernoulli_from, cuda::bernoulli_from)(drawn.values, drawn.state, contiguous(state), p);
  return drawn;
}

}  // namespace cadena
