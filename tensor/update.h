#pragma once

#include <span>

#include "tensor/tensor.h"

namespace cadena {

/// What one step of an optimizer reads and writes for one tensor of weights. All have the shape of `weights`; all but
/// `weights` have dtype `compute_dtype(weights.dtype())`.
struct Update {
  Tensor weights;
  Tensor gradient;                 ///< shares no storage with the others
  Tensor master = {};              ///< the exact weights behind f16 or bf16 ones; undefined for f32 and f64
  std::span<const Tensor> states;  ///< as many as the step `F::kStates` remembers
};

/// Applies the step `f`, one of `tensor/base/scalar_update.h`, to every element: a write in place to weights, master
/// and states. Throws Error if several weights share one address, ShapeError, DtypeError or DeviceError naming `op`
/// unless the tensors are as `Update` says.
template <class F>
void apply_update(const char* op, const Update& tensors, const F& f);

/// \f$ \left(\sum_i |x_i|^p\right)^{1/p} \f$ over all elements, \f$ \max |x_i| \f$ for infinite p, summed in f64 in one
/// order for any number of threads. NaN if any element is. Throws ValueError unless p > 0, DtypeError for integers.
double vector_norm(const Tensor& x, double p = 2);

/// x multiplied by `factor` in place.
void scale_into(const Tensor& x, double factor);

/// Every element of x clamped to [-bound, bound] in place; NaN stays NaN.
void clamp_into(const Tensor& x, double bound);

}  // namespace cadena
