#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Rotary position embedding of rows (…, S, D), differentiable; arguments as in `tensor/rotary.h`.
Variable rotary_embedding(const Variable& x, i64 offset = 0, double base = 10000);

}  // namespace cadena
