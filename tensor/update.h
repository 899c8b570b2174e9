#pragma once

#include <span>

#include "tensor/base/callable.h"
#include "tensor/tensor.h"

namespace cadena {

/// What one step of an optimizer reads and writes for one tensor of weights. All have the shape of `weights`; all but
/// `weights` have dtype `compute_dtype(weights.dtype())`.
struct Update {
  Tensor weights;                  ///< what is stepped
  Tensor gradient;                 ///< shares no storage with the others
  Tensor master = {};              ///< the exact weights behind f16 or bf16 ones; undefined for f32 and f64
  std::span<const Tensor> states;  ///< as many as the step `F::kStates` remembers
};

/// Applies the step that `step()` returns, one of `tensor/base/scalar_update.h`, to every element: a write in place to
/// weights, master and states. While a step is recorded, `step` is kept and asked again for every replay. Throws Error
/// if several weights share one address, ShapeError, DtypeError or DeviceError naming `op` unless the tensors are as
/// `Update` says, Error for tensors that are not contiguous while a step is recorded.
template <class F>
void apply_update(const char* op, const Update& tensors, const Callable<F()>& step);

/// `apply_update` with `step_of(i)` for `tensors[i]`. On a CUDA device one launch serves all contiguous tensors of a
/// dtype; a tensor gets the same bits whether it is stepped with others or alone.
template <class F>
void apply_updates(const char* op, std::span<const Update> tensors, const Callable<F(std::size_t)>& step_of);

}  // namespace cadena
