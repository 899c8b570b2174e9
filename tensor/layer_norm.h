#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// A normalized tensor, and for each normalized row (or channel) what the derivative needs: the mean and
/// \f$ r = 1 / \sqrt{v + \epsilon} \f$, in the dtype of the computation (f32 where x is f16 or bf16).
struct Normalized {
  Tensor y;     ///< of the shape and dtype of x
  Tensor mean;  ///< \f$ \bar x \f$ of each row
  Tensor rstd;  ///< r of each row
};

/// \f$ y = w (x - \bar x)\, r + b \f$ over the last axis, with \f$ r = 1 / \sqrt{v + \epsilon} \f$ and v the variance
/// of the row divided by its length; r is 0 where v overflows. `weight` and `bias` have shape (D,) for x (…, D), or are
/// undefined and left out; mean and rstd have x's shape without the last axis. Throws ShapeError unless the shapes fit,
/// DtypeError unless all three have one floating dtype, ValueError for a negative eps.
Normalized layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps = 1e-5);

/// \f$ y = w\, x\, r \f$ over the last axis, with \f$ r = 1 / \sqrt{\overline{x^2} + \epsilon} \f$: layer norm without
/// centring. `mean` stays undefined. Throws as layer_norm does.
Normalized rms_norm(const Tensor& x, const Tensor& weight, double eps = 1e-6);

/// The cotangents of a normalization's arguments; those that were not asked for are undefined.
struct NormGradients {
  Tensor x;       ///< \f$ \bar x \f$, of the shape of x
  Tensor weight;  ///< \f$ \bar w \f$
  Tensor bias;    ///< \f$ \bar b \f$
};

/// Which of them are asked for.
struct NormWanted {
  bool x = true;       ///< the cotangent of x
  bool weight = true;  ///< that of the weight
  bool bias = true;    ///< that of the bias
};

/// The derivative of layer_norm in one pass over dy and x: with \f$ \hat x = (x - \bar x)\,r \f$ and
/// \f$ g = \bar y\, w \f$, \f$ \bar x = r (g - \overline{g} - \hat x\, \overline{g \hat x}) \f$,
/// \f$ \bar w = \sum \bar y \hat x \f$ and \f$ \bar b = \sum \bar y \f$ over the rows. Trusts
/// that the arguments are those of the forward pass and what it returned.
NormGradients layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                  const Tensor& rstd, NormWanted wanted = {});

/// The same for rms_norm: \f$ \bar x = r (g - \hat x\, \overline{g \hat x}) \f$.
NormGradients rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& rstd,
                                NormWanted wanted = {});

}  // namespace cadena
