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

/// \f$ \left(\sum_i |x_i|^p\right)^{1/p} \f$ over all elements, \f$ \max |x_i| \f$ for infinite p, summed in f64 in one
/// order for any number of threads. NaN if any element is. Throws ValueError unless p > 0, DtypeError for integers.
double vector_norm(const Tensor& x, double p = 2);

/// The norm of all tensors taken for one vector, from their own norms in f64: f64, of rank zero, on the device of the
/// tensors, where nothing waits for it; on the CPU where there are several devices, or no tensor. Throws ValueError
/// unless p > 0, DtypeError for integers.
Tensor joint_norm(std::span<const Tensor> tensors, double p = 2);

/// The tensors, whose `joint_norm` is `norm`, scaled in place by \f$ \min(1, c / (\mathrm{norm} + 10^{-6})) \f$ for
/// \f$ c = \mathrm{max\_norm} \f$.
void scale_to_norm(std::span<const Tensor> tensors, const Tensor& norm, double max_norm);

/// x multiplied by `factor` in place.
void scale_into(const Tensor& x, double factor);

/// Every element of x clamped to [-bound, bound] in place; NaN stays NaN.
void clamp_into(const Tensor& x, double bound);

}  // namespace cadena
