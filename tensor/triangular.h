#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// The lower triangle of the last two axes: \f$ y_{ij} = x_{ij} \f$ where \f$ j \le i + k \f$ for the diagonal k, 0
/// elsewhere, so that NaN above the diagonal leaves no trace. Throws ShapeError below two axes.
Tensor tril(const Tensor& x, i64 diagonal = 0);

/// The upper triangle: \f$ y_{ij} = x_{ij} \f$ where \f$ j \ge i + k \f$, 0 elsewhere.
Tensor triu(const Tensor& x, i64 diagonal = 0);

/// Square matrices with the last axis of x on a diagonal, `offset` columns right of the main one (left if negative),
/// and 0 elsewhere: (…, n) -> (…, n + |k|, n + |k|). Throws ShapeError for a scalar.
Tensor diag_embed(const Tensor& x, i64 offset = 0);

}  // namespace cadena
