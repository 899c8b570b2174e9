#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// What is drawn from a generator's state that is a tensor, and the state that follows.
struct Drawn {
  Tensor values;  ///< those that a generator with that state would draw
  Tensor state;   ///< of that generator afterwards
};

/// `bernoulli` (random.h) of the generator whose `state()` is `state`, on the device of that tensor. The host need not
/// know the state, so a step that is recorded (`Recorded`) draws anew at each replay. Throws ShapeError or DtypeError
/// unless the state is i64 (2,), ValueError unless p is in [0, 1].
Drawn bernoulli(const Tensor& state, const Shape& shape, double p, Dtype dtype = Dtype::boolean);

}  // namespace cadena
