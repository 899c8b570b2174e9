#pragma once

#include "tensor/base/view.h"

/// All views are row-major; x and dy are (N, C, positions), y and dx hold as many elements. Views without data are left
/// out.
namespace cadena::cpu {

/// y = weight (x - mean) / sqrt(variance + eps) + bias for each channel, and its mean and variance.
void batch_norm(const View& y, const View& mean, const View& variance, const View& x, const View& weight,
                const View& bias, double eps);

/// The cotangents of x, weight and bias.
void batch_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& variance, double eps);

}  // namespace cadena::cpu
