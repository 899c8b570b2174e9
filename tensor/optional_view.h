#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// The view of an operand that may be left out: without data where x is not defined.
inline View view_or_none(const Tensor& x) { return x.defined() ? x.view() : View{}; }

}  // namespace cadena
