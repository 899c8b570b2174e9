#pragma once

#include <span>

#include "tensor/tensor.h"

/// What gradients are clipped with: norms of all elements, and changes in place.
namespace cadena {

/// \f$ \left(\sum_i |x_i|^p\right)^{1/p} \f$ over all elements, \f$ \max |x_i| \f$ for infinite p, summed in f64 in one
/// order for any number of threads. NaN if any element is. Throws ValueError unless p > 0, DtypeError for integers.
double vector_norm(const Tensor& x, double p = 2);

/// The norm of all tensors taken for one vector, from their own norms in f64: f64, of rank zero, on the device of the
/// tensors, where nothing waits for it; on the CPU where there are several devices, or no tensor. Throws ValueError
/// unless p > 0, DtypeError for integers.
Tensor joint_norm(std::span<const Tensor> tensors, double p = 2);

/// The tensors, whose `joint_norm` is `norm`, scaled in place by \f$ \min(1, c / (\mathrm{norm} + 10^{-6})) \f$ for
/// \f$ c = \mathrm{max\_norm} \f$. Throws DtypeError for integers, DeviceError where the norm is on a CUDA device and a
/// tensor is not on it.
void scale_to_norm(std::span<const Tensor> tensors, const Tensor& norm, double max_norm);

/// x multiplied by `factor` in place. Throws DtypeError for integers.
void scale_into(const Tensor& x, double factor);

/// Every element of x clamped to [-bound, bound] in place; NaN stays NaN. Throws ValueError unless bound >= 0,
/// DtypeError for integers.
void clamp_into(const Tensor& x, double bound);

}  // namespace cadena
