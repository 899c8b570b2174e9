#pragma once

#include "autograd/variable.h"
#include "tensor/attention.h"

namespace cadena {

/// \f$ o = \mathrm{softmax}(\alpha\, q k^T + m)\, v \f$, differentiable in q, k and v; shapes, mask, options and errors
/// as in `tensor/attention.h`. Queries that see no key give 0 and no gradient.
Variable scaled_dot_product_attention(const Variable& q, const Variable& k, const Variable& v, const Tensor& mask = {},
                                      const AttentionOptions& options = {});

}  // namespace cadena
