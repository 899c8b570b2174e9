#pragma once

#include "tensor/layer_norm.h"

namespace cadena {

/// A normalized batch, a Tensor or a Variable, and the statistics of its channels, (C,): what the derivative and
/// running averages need, in the dtype of the computation (f32 where x is f16 or bf16).
template <class T>
struct BatchNormalized {
  T y;              ///< of the shape and dtype of x
  Tensor mean;      ///< \f$ \bar x_c \f$
  Tensor variance;  ///< \f$ v_c \f$, divided by the number of elements
};

/// \f$ y = w_c (x - \bar x_c) / \sqrt{v_c + \epsilon} + b_c \f$ for x (N, C, …) with the statistics of each channel c
/// over the batch and all positions: training mode. `weight` and `bias` have shape (C,), or are undefined and left out.
/// Throws ShapeError unless the shapes fit and each channel has an element, DtypeError unless all have one floating
/// dtype, ValueError for a negative eps.
BatchNormalized<Tensor> batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps = 1e-5);

/// The derivative of batch_norm, with the formulas of layer_norm_backward where rows are channels. Trusts that the
/// arguments are those of the forward pass and what it returned.
NormGradients batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                  const Tensor& variance, double eps, NormWanted wanted = {});

/// x (N, C, …) with its channels in `groups` equal groups, each normalized over its channels and positions, then scaled
/// and shifted by channel: \f$ y = w_c (x - \bar x_g) / \sqrt{v_g + \epsilon} + b_c \f$. Throws as batch_norm does, and
/// ShapeError unless `groups` divides C; a group may be empty.
Tensor group_norm(const Tensor& x, i64 groups, const Tensor& weight, const Tensor& bias, double eps = 1e-5);

}  // namespace cadena
