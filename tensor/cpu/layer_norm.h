#pragma once

#include "tensor/base/view.h"

/// All views are row-major; x, y and dy are rows along the last axis. Views without data are left out.
namespace cadena::cpu {

/// y = weight (x - mean) rstd + bias for each row, and its mean and rstd. Without a view for the mean the rows are not
/// centred: rms norm.
void layer_norm(const View& y, const View& mean, const View& rstd, const View& x, const View& weight, const View& bias,
                double eps);

/// The cotangents of x, weight and bias. Columns are added up over blocks of 64 rows, then over the blocks, neighbours
/// first: the order does not depend on the number of threads.
void layer_norm_backward(const View& dx, const View& dweight, const View& dbias, const View& dy, const View& x,
                         const View& weight, const View& mean, const View& rstd);

}  // namespace cadena::cpu
