#pragma once

#include "tensor/base/view.h"

namespace cadena::cuda {

/// Pairs along the last axis of x turned by angles that grow with the position along the axis before it.
void rotary_embedding(const View& y, const View& x, i64 offset, double base, bool inverse);

}  // namespace cadena::cuda
